/** Where the lines of a chart's grid are. */
import type { Unit } from './format.js';

const STEPS_10 = [1, 2, 2.5, 5, 10];
const STEPS_2 = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const LINES = 3;

/** Round numbers from 0 to at least `max`; the last is the top of the chart. */
export function ticksUpTo(max: number, unit: Unit): number[] {
  const step = unit === 'bytes' ? byteStep(max / LINES) : decimalStep(max / LINES, unit);
  const count = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function decimalStep(least: number, unit: Unit): number {
  // Halves of a write mean nothing; fractions of a millisecond do.
  const smallest = unit === 'milliseconds' ? 0.01 : 1;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, smallest)));
  const step = STEPS_10.find((each) => each * power >= least) ?? 10;
  return unit === 'count' ? Math.ceil(step * power) : step * power;
}

function byteStep(least: number): number {
  const floor = Math.max(least, 1024);
  const power = 1024 ** Math.floor(Math.log2(floor) / 10);
  return (STEPS_2.find((each) => each * power >= floor) ?? 1024) * power;
}
