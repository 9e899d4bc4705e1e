/**
 * Positions in a file. `null` stands for the current position of the handle.
 *
 * Node 20 is strict in `read` and `readSync` and lenient everywhere else: what is not a usable
 * number counts as "current position".
 */
import { validateInteger } from './integers.js';
import { invalidArgType, outOfRange } from './node-error.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** An integer from -1, or a signed 64-bit bigint. */
export function validatePosition(
  position: unknown,
  name = 'position',
): asserts position is number | bigint {
  if (typeof position === 'number') {
    validateInteger(position, name, -1);
    return;
  }
  if (typeof position !== 'bigint') throw invalidArgType(name, ['integer', 'bigint'], position);
  if (position < INT64_MIN || position > INT64_MAX) {
    throw outOfRange(name, `>= ${INT64_MIN} && <= ${INT64_MAX}`, position);
  }
}

/** Position of `read` and `readSync`: null, undefined and negative mean the current one. */
export function strictPosition(position: unknown): number | null {
  if (position === null || position === undefined) return null;
  validatePosition(position);
  // Beyond the safe integers there is no file, so what rounding does to them is of no consequence.
  return position < 0 ? null : Number(position);
}

/** Position of every other function: only a non-negative safe integer is one. */
export function lenientPosition(position: unknown): number | null {
  return Number.isSafeInteger(position) && (position as number) >= 0 ? (position as number) : null;
}
