// onnxruntime.mjs FOLDER...: runs each model.onnx by ONNX Runtime on the values beside it and compares with ours.
// FOLDER/values.txt, a line an array: in|out NAME DIM,DIM,.. NUMBER.. ("nan" is missing). Exit status 77: there is no
// onnxruntime-node. It is looked for in $FRS_ONNXRUNTIME (a folder with node_modules), here and above, and among the
// global packages: npm install --ignore-scripts onnxruntime-node (its binary is in the package).
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

function runtime() {
  const places = [process.env.FRS_ONNXRUNTIME, process.cwd(), import.meta.dirname ?? new URL('.', import.meta.url).pathname];
  try { places.push(join(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim(), '..')); } catch { /* no npm */ }
  for (const place of places.filter(Boolean)) {
    try { return createRequire(join(place, 'x.js'))('onnxruntime-node'); } catch (e) {
      if (e.code !== 'MODULE_NOT_FOUND') throw e;
    }
  }
  return null;
}

const ort = runtime(); // "--look" alone: is it here?
if (!ort) {
  console.log('skipped: no onnxruntime-node');
  process.exit(77);
}

if (process.argv[2] === '--look') process.exit(0);

function read(folder) {
  const values = { in: {}, out: {} };
  for (const line of readFileSync(join(folder, 'values.txt'), 'utf8').split('\n').filter(Boolean)) {
    const [kind, name, dims, ...numbers] = line.split(' ');
    const data = Float32Array.from(numbers.filter(Boolean), (x) => (x === 'nan' ? NaN : x === 'inf' ? Infinity : x === '-inf' ? -Infinity : Number(x)));
    values[kind][name] = { dims: dims === '-' ? [] : dims.split(',').map(Number), data };
  }
  return values;
}

// |is - want| <= 1e-4 of the value, or of a tenth of the array's largest.
function compare(name, is, want) {
  if (is.dims.join() !== want.dims.join()) return `${name} is [${is.dims}], expected [${want.dims}]`;
  let most = 0;
  for (const v of want.data) if (Number.isFinite(v)) most = Math.max(most, Math.abs(v));
  for (let i = 0; i < want.data.length; i++) {
    const a = Number(is.data[i]), b = want.data[i];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(b), most / 10))) return `${name}[${i}] is ${a}, expected ${b}`;
  }
  return null;
}

let failed = 0, passed = 0;
for (const folder of process.argv.slice(2)) {
  const wrong = [];
  try {
    const values = read(folder);
    const session = await ort.InferenceSession.create(join(folder, 'model.onnx'), { logSeverityLevel: 3, intraOpNumThreads: 1 });
    const feed = {};
    for (const [name, v] of Object.entries(values.in)) feed[name] = new ort.Tensor('float32', v.data, v.dims);
    const result = await session.run(feed);
    if (session.outputNames.length !== Object.keys(values.out).length) wrong.push(`outputs ${session.outputNames}`);
    for (const [name, v] of Object.entries(values.out)) wrong.push(result[name] ? compare(name, result[name], v) : `no output ${name}`);
  } catch (e) {
    wrong.push(String(e.message ?? e));
  }
  const said = wrong.filter(Boolean);
  if (said.length) console.log(`FAIL ${folder}: ${said.join('; ')}`);
  failed += said.length > 0;
  passed += said.length === 0;
}
console.log(`onnxruntime ${ort.env?.versions?.node ?? ''}: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
