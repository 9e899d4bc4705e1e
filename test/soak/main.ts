/**
 * The soak as a command, as long as it is wanted:
 *
 *   npm run soak -- --minutes 20 --threads 8 --processes 3 --seed 1
 *
 * Ends with status 1 at the first wrong answer, or when something grew faster than it may.
 */
import { parseArgs } from 'node:util';
import { runSoak } from './run.js';
import type { Trend } from './slope.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    threads: { type: 'string', default: '8' },
    processes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

const MIB = 1024 * 1024;

function show(name: string, { perHour, error, growth, min, max, samples }: Trend): string {
  const isBytes = name.endsWith('Bytes');
  const text = (value: number): string =>
    (isBytes ? `${(value / MIB).toFixed(1)} MiB` : value.toFixed(1)).padStart(12);
  return `${name.padEnd(24)}${text(min)}${text(max)}${text(growth)}${text(perHour)}${text(error)}  ${samples}`;
}

const options = {
  seconds: Number(values.minutes) * 60,
  threads: Number(values.threads),
  processes: Number(values.processes),
  seed: Number(values.seed),
  onNote: (note: string) => console.log(note),
};
console.log(JSON.stringify({ ...options, node: process.version }));
const { steps, shifts, tally, checks, trends, tooSteep } = await runSoak(options);
console.log(JSON.stringify({ steps, shifts, checks, ...tally }));
console.log(`${''.padEnd(24)}         min         max      growth   per hour       error  samples`);
for (const [name, trend] of Object.entries(trends)) console.log(show(name, trend));
for (const name of tooSteep) console.error(`grows too fast: ${name}`);
process.exitCode = tooSteep.length > 0 ? 1 : 0;
