/** Whole numbers: wrong type first, then fractions, then the range. */
import { invalidArgType, outOfRange } from './node-error.js';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

export function validateInteger(
  value: unknown,
  name: string,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

export function validateInt32(
  value: unknown,
  name: string,
  min: number = INT32_MIN,
  max: number = INT32_MAX,
): asserts value is number {
  validateInteger(value, name, min, max);
}

/** `min` is 1 where zero makes no sense, as for a buffer size. */
export function validateUint32(
  value: unknown,
  name: string,
  min: 0 | 1 = 0,
): asserts value is number {
  validateInteger(value, name, min, UINT32_MAX);
}

/** A user or group id; -1 leaves it as it is. */
export function validateOwnerId(value: unknown, name: 'uid' | 'gid'): asserts value is number {
  validateInteger(value, name, -1, UINT32_MAX);
}

/** A file descriptor. Negative zero is accepted as zero. */
export function validatedFd(value: unknown, name = 'fd'): number {
  validateInt32(value, name, 0);
  return value === 0 ? 0 : value;
}

/**
 * Whether a path argument is a descriptor: any 32-bit integer, negative ones included. Bigints and
 * symbols throw the error of the operator, as in Node.
 */
export function isFd(value: unknown): value is number {
  return value === ((value as number) | 0);
}

/** New size of a file, in bytes; a negative one means empty. */
export function truncateLength(value: unknown): number {
  validateInteger(value, 'len');
  return Math.max(0, value);
}
