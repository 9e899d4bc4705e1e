/** Numbers as people read them, for the messages of the checks. */

// The units of the command line and the status page, where the same numbers stand beside.
const BYTE_STEPS: readonly [number, string][] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];
const TIME_STEPS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

function inSteps(value: number, steps: readonly [number, string][], unit: string): string {
  for (const [size, name] of steps) {
    if (value >= size) return `${round(value / size)} ${name}`;
  }
  return `${Math.round(value)} ${unit}`;
}

function round(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

export function bytesText(bytes: number): string {
  return inSteps(bytes, BYTE_STEPS, 'B');
}

export function timeText(ms: number): string {
  return inSteps(ms, TIME_STEPS, 'ms');
}

export function countText(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Age at `nowMs` of what happened at `ms`; never negative, because clocks are set. */
export function ageAt(nowMs: number, ms: number): number {
  return Math.max(0, nowMs - ms);
}
