/** Numbers and times for people. Sizes are in the units that the command line uses. */
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SMALL = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY_AND_CLOCK = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Unit = 'bytes' | 'milliseconds' | 'count' | 'none';

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? SMALL.format(value) : COUNT.format(value)} ${UNITS[unit]}`;
}

/** Whole numbers, unless so small that the fraction says something. */
export function formatCount(count: number): string {
  return count < 10 ? SMALL.format(count) : COUNT.format(count);
}

/** `850 µs`, `4.2 ms`, `12 s`, `3 min`, `5 h`, `2 days`. */
export function formatDuration(ms: number): string {
  if (ms <= 0) return '0 ms';
  if (ms < 1) return `${COUNT.format(ms * 1000)} µs`;
  if (ms < SECOND_MS) return `${formatCount(ms)} ms`;
  if (ms < MINUTE_MS) return `${formatCount(ms / SECOND_MS)} s`;
  if (ms < 2 * HOUR_MS) return `${COUNT.format(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${COUNT.format(ms / HOUR_MS)} h`;
  return `${COUNT.format(ms / DAY_MS)} days`;
}

export function formatAgo(ms: number): string {
  return ms < 2 * SECOND_MS ? 'just now' : `${formatDuration(ms)} ago`;
}

export function formatClock(atMs: number): string {
  return CLOCK.format(atMs);
}

export function formatMoment(atMs: number): string {
  return DAY_AND_CLOCK.format(atMs);
}

export function formatValue(value: number, unit: Unit): string {
  if (unit === 'bytes') return formatBytes(value);
  return unit === 'milliseconds' ? formatDuration(value) : formatCount(value);
}

/** Last part of a path. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

/** `queueDepth` as `Queue depth`. */
export function wordsOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
