// river_values.mjs RECORD.csv FORECAST.csv STEPS: values.txt of onnxruntime.mjs for a simulation's last day: the days of
// weather that lead up to it, in the record's units, and the flow that `freshet forecast --csv` says of it.
import { readFileSync } from 'node:fs';

const [recordFile, forecastFile, stepsText] = process.argv.slice(2);
const steps = Number(stepsText);
const table = (file) => readFileSync(file, 'utf8').split('\n').filter((l) => l && !l.startsWith('#')).map((l) => l.split(','));
const [head, ...rows] = table(recordFile);
const columns = ['prcp', 'temp', 'pet'].map((name) => head.findIndex((h) => h.split(' ')[0] === name));
const [forecastHead, ...forecasts] = table(forecastFile);
const at = (name) => forecastHead.indexOf(name);
const forecast = forecasts.find((f) => f[at('model')] === 'lstm');
const last = rows.findIndex((r) => r[0] === forecast[at('issue_time')]);
const weather = rows.slice(last - steps + 1, last + 1).flatMap((r) => columns.map((c) => r[c]));
if (weather.length !== 3 * steps || columns.includes(-1) || weather.some((v) => v === '' || v === undefined)) {
  throw new Error(`${recordFile}: not enough days before ${forecast}`);
}
console.log(`in weather 1,${steps},3 ${weather.join(' ')}\nout flow 1,1 ${forecast[at('value')]}`);
