// pages.mjs CHROMIUM SHOTS|- PAGE...: opens each page in headless Chromium over its debugging pipe, at the widths of a
// desk, a tablet and a phone, light and dark, and as it is printed, and fails on: a console error or exception, any
// request but the page itself and, for a catchment's page, the two files that it shares, a dialog (an injected script
// ran), a page wider than the screen, "NaN" or "undefined" in the text, an empty hydrograph or map, a hydrograph or a map
// that does not follow the reader's hand, texts of a figure that stand outside of it or over one another.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [chromium, shots, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'freshet-web-'));
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--host-resolver-rules=MAP * ~NOTFOUND', `--user-data-dir=${profile}`,
  '--remote-debugging-pipe', 'about:blank'];
const browser = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true });
const waiting = new Map();
let nextId = 1, pending = '', listener = () => {}, failures = 0;
browser.stdio[4].setEncoding('utf8');
browser.stdio[4].on('data', (text) => {
  const parts = (pending + text).split('\0');
  pending = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id === undefined) listener(message);
    else {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    }
  }
});
function send(method, params = {}, sessionId = undefined) {
  const id = nextId++;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}
function fail(page, text) {
  failures++;
  console.error(`FAIL ${page}: ${text}`);
}

// Runs in the page.
const look = `(() => {
  const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 &&
    !e.closest('.scroll, pre, #frs-hydrograph, #frs-map')).slice(0, 3).map((e) => e.tagName + '.' + e.getAttribute('class'));
  const canvas = [...document.querySelectorAll('#frs-hydrograph canvas')].filter((c) => c.width > 0 &&
    new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer).some((p) => p !== 0)).length;
  const misplaced = [];
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
  for (const figure of document.querySelectorAll('svg.fig')) {
    const frame = figure.getBoundingClientRect(), texts = [...figure.querySelectorAll('text')];
    const boxes = texts.map((t) => t.getBoundingClientRect());
    boxes.forEach((b, i) => {
      if (frame.width > 0 && (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 2 || b.bottom > frame.bottom + 2))
        misplaced.push('outside: ' + texts[i].textContent);
      for (let j = 0; j < i; j++) if (b.width > 0 && !apart(b, boxes[j])) misplaced.push(texts[j].textContent + ' under ' + texts[i].textContent);
    });
  }
  const map = document.querySelector('#frs-map canvas');
  const painted = map && map.width > 0 ? new Uint32Array(map.getContext('2d').getImageData(0, 0, map.width, map.height).data.buffer).filter((p) => p !== 0).length : 0;
  return { map: !!document.getElementById('frs-map-data'), painted, width: document.documentElement.scrollWidth, screen: innerWidth, wide, canvas, misplaced, data: !!document.getElementById('frs-data'),
    dygraph: typeof Dygraph !== 'undefined', text: document.body.innerText, paths: [...document.querySelectorAll('path')].map((p) => p.getAttribute('d')).join(' '),
    figures: document.querySelectorAll('svg.fig').length, lang: document.documentElement.lang };
})()`;

// What a reader does with the hydrograph: the greatest flood, a year, a logarithmic axis. What it shows must follow.
const use = `(() => {
  const wrong = [], at = (id) => document.getElementById(id), drawn = () => {
    const c = document.querySelector('#frs-hydrograph canvas');
    return c.toDataURL();
  };
  if (!at('frs-flood') || typeof Dygraph === 'undefined') return wrong;
  let before = drawn();
  for (const [what, act] of [['flood', () => at('frs-flood').click()], ['log', () => at('frs-log').click()], ['year', () => {
    at('frs-years').value = at('frs-years').options[2].value;
    at('frs-years').dispatchEvent(new Event('change'));
  }]]) {
    act();
    const now = drawn();
    if (now === before && !(what !== 'log' && at('frs-years').options.length < 4)) wrong.push(what);
    before = now;
  }
  return wrong;
})()`;
// Where on the screen the map has a point, by its colour.
const point = `(() => {
  const c = document.querySelector('#frs-map canvas');
  if (!c || !c.width) return null;
  document.getElementById('frs-map').scrollIntoView({ block: 'center' });
  const style = getComputedStyle(document.documentElement), image = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  const colours = [0, 1, 2, 3, 4, 5].map((k) => parseInt(style.getPropertyValue('--m' + k).trim().slice(1), 16));
  const box = c.getBoundingClientRect(), frame = document.getElementById('frs-map').getBoundingClientRect(), scale = box.width / c.width;
  for (let i = 0; i < image.data.length; i += 4) {
    const near = (a, b) => Math.abs(a - b) < 4, d = image.data;
    if (d[i + 3] < 200 || !colours.some((v) => near(v >> 16, d[i]) && near(v >> 8 & 255, d[i + 1]) && near(v & 255, d[i + 2]))) continue;
    const x = box.left + (i / 4 % c.width) * scale, y = box.top + (Math.floor(i / 4 / c.width) + 3) * scale;
    if (x > frame.left + 80 && x < frame.right - 8 && y > frame.top + 8 && y < frame.bottom - 40) return { x, y };
  }
  return null;
})()`;

async function press(sessionId, name) {
  const run = async (expression) => (await send('Runtime.evaluate', { expression, returnByValue: true }, sessionId)).result.value;
  for (const what of await run(use) ?? ['nothing could be used']) fail(name, `the hydrograph does not follow: ${what}`);
  const at = await run(point);
  if (!at) return;
  for (const type of ['mousePressed', 'mouseReleased'])
    await send('Input.dispatchMouseEvent', { type, x: at.x, y: at.y, button: 'left', clickCount: 1 }, sessionId);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const text = await run(`document.querySelector('#frs-map .leaflet-popup-content')?.innerText ?? ''`);
  if (!/\d/.test(text)) fail(name, 'a point of the map tells nothing when it is pressed');
}

// 794: a sheet of A4.
const views = [[1280, 900, ''], [800, 1100, ''], [360, 640, ''], [1280, 900, '-dark'], [390, 844, '-dark'], [794, 1123, '-print']];

async function visit(file, view) {
  const url = pathToFileURL(file).href, title = basename(dirname(file)) + (/site$/.test(dirname(file)) ? '-' + basename(file, '.html').slice(0, 20) : ''), name = `${title} at ${view.width}${view.kind}`;
  const shared = /\/site\/[^/]*$/.test(url) ? ['freshet.css', 'freshet.js'].map((f) => url.replace(/[^/]*$/, f)) : [];
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  let loaded;
  const done = new Promise((resolve) => { loaded = resolve; });
  listener = (m) => {
    if (m.sessionId !== sessionId) return;
    if (m.method === 'Page.loadEventFired') loaded();
    if (m.method === 'Runtime.exceptionThrown') fail(name, m.params.exceptionDetails.exception?.description ?? m.params.exceptionDetails.text);
    if (m.method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(m.params.type)) fail(name, JSON.stringify(m.params.args));
    if (m.method === 'Log.entryAdded' && !/willReadFrequently/.test(m.params.entry.text)) fail(name, m.params.entry.text); // not what this test itself reads
    if (m.method === 'Page.javascriptDialogOpening') {
      fail(name, 'a dialog opened: ' + m.params.message);
      send('Page.handleJavaScriptDialog', { accept: false }, sessionId);
    }
    if (m.method === 'Network.requestWillBeSent' && m.params.request.url !== url && !m.params.request.url.startsWith('data:') && !shared.includes(m.params.request.url))
      fail(name, 'a request: ' + m.params.request.url);
  };
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(domain + '.enable', {}, sessionId);
  await send('Emulation.setDeviceMetricsOverride', { width: view.width, height: view.height, deviceScaleFactor: 1, mobile: view.width < 600 }, sessionId);
  await send('Emulation.setEmulatedMedia', { media: view.kind === '-print' ? 'print' : 'screen',
    features: [{ name: 'prefers-color-scheme', value: view.kind === '-dark' ? 'dark' : 'light' }] }, sessionId);
  await send('Page.navigate', { url }, sessionId);
  await done;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const seen = (await send('Runtime.evaluate', { expression: look, returnByValue: true }, sessionId)).result.value;
  if (seen.width > seen.screen) fail(name, `the page is ${seen.width} wide: ${seen.wide}`);
  if (/\b(NaN|undefined|\[object|null)\b/.test(seen.text)) fail(name, 'NaN, null or undefined in the text');
  if (/NaN|inf|e/.test(seen.paths)) fail(name, 'a number of a figure is not finite');
  if (seen.misplaced.length > 0) fail(name, 'texts of a figure: ' + seen.misplaced.slice(0, 4).join('; '));
  if (view.kind !== '-print' && seen.data && seen.dygraph && seen.canvas === 0) fail(name, 'the hydrograph is empty');
  if (view.kind !== '-print' && seen.map && seen.painted < 200) fail(name, 'the map is empty');
  if (seen.figures < 2) fail(name, 'no figures');
  if (shots !== '-') {
    mkdirSync(shots, { recursive: true });
    const shot = await send('Page.captureScreenshot', { captureBeyondViewport: true, format: 'png' }, sessionId);
    writeFileSync(join(shots, `${title}-${view.width}${view.kind}.png`), Buffer.from(shot.data, 'base64'));
    if (view.kind === '-print') {
      const pdf = await send('Page.printToPDF', { preferCSSPageSize: true, paperWidth: 8.27, paperHeight: 11.69 }, sessionId);
      writeFileSync(join(shots, `${title}.pdf`), Buffer.from(pdf.data, 'base64'));
    }
  }
  if (view.width === 1280 && view.kind === '' && seen.dygraph) await press(sessionId, name);
  await send('Target.closeTarget', { targetId });
}

try {
  for (const page of pages)
    for (const [width, height, kind] of views)
      if (/hostile[^/]*\/site\//.test(page) ? width === 360 : !/-ru\//.test(page) || (kind !== '-dark' && width !== 800)) await visit(page, { width, height, kind }); // what is new there is longer text
  console.log(`${pages.length} pages looked at, ${failures} failures`);
} catch (e) {
  fail('browser', e.message);
}
// Its helper processes go with it, or they would write into the profile while it is removed; should one still, the pages are what counts.
browser.on('exit', () => {
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  } catch (e) {
    console.log(`${profile} stays: ${e.message}`);
  }
  process.exit(failures > 0 ? 1 : 0);
});
process.kill(-browser.pid, 'SIGKILL');
