/** Times given to `utimes`: seconds as a number or numeric string, or a Date. */
import { isDate } from 'node:util/types';
import { type Timestamp, timestampFromSeconds } from '../../core/clock.js';
import { invalidArgType } from './node-error.js';

const MS_PER_SEC = 1000;

/** In seconds. A negative number means now, but a negative string is a time before 1970. */
export function toUnixTimestamp(
  time: unknown,
  name = 'time',
  nowMs: () => number = Date.now,
): number {
  if (typeof time === 'string' && !Number.isNaN(Number(time))) return Number(time);
  if (typeof time === 'number' && Number.isFinite(time)) {
    return time < 0 ? nowMs() / MS_PER_SEC : time;
  }
  if (isDate(time)) return time.getTime() / MS_PER_SEC;
  throw invalidArgType(name, ['Date', 'Time in seconds'], time);
}

/**
 * Null for what is no finite time, such as an invalid Date: that is the answer of the filesystem too, once it
 * has found the file.
 */
export function timestampOf(seconds: number): Timestamp | null {
  return Number.isFinite(seconds) ? timestampFromSeconds(seconds) : null;
}
