/** Modes: permission bits, and the small flag sets of `access`, `copyFile` and `cp`. */
import { validateInteger, validateUint32 } from './integers.js';
import { invalidArgValue, nativeError } from './node-error.js';

const OCTAL = /^[0-7]+$/;
/** All bits of R_OK, W_OK and X_OK, and likewise of the three COPYFILE_* flags. */
const SMALL_MODE_MAX = 7;

/** Permission bits: a number or an octal string. Without a default, null and undefined are wrong. */
export function parseFileMode(value: unknown, name: string, defaultMode?: number): number {
  const given = value ?? defaultMode;
  if (typeof given !== 'string') {
    validateUint32(given, name);
    return given;
  }
  if (!OCTAL.test(given)) {
    throw invalidArgValue(name, value, 'must be a 32-bit unsigned integer or an octal string');
  }
  const mode = Number.parseInt(given, 8);
  validateUint32(mode, name);
  return mode;
}

/** Mode of `access` and flags of `copyFile`: 0 to 7; null and undefined mean 0. */
export function accessMode(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value !== 'number') {
    const message = 'mode must be int32 or null/undefined';
    throw nativeError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  }
  if (!Number.isFinite(value)) {
    throw nativeError(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range');
  }
  const mode = Math.trunc(value);
  if (mode < 0 || mode > SMALL_MODE_MAX) {
    const message = `mode is out of range: >= 0 && <= ${SMALL_MODE_MAX}`;
    throw nativeError(RangeError, 'ERR_OUT_OF_RANGE', message);
  }
  return mode;
}

/** Option `mode` of `cp`: the flags of `copyFile`, checked with other words. */
export function cpMode(value: unknown): number {
  if (value === null || value === undefined) return 0;
  validateInteger(value, 'mode', 0, SMALL_MODE_MAX);
  return value;
}
