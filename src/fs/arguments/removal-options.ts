/** Options of `rm` and `rmdir`. */
import { validateInt32, validateUint32 } from './integers.js';
import { validateBoolean, validateObject } from './types.js';

export interface RmdirOptions {
  readonly recursive: boolean;
  /** Accepted for the sake of the interface: a volume has no transient EBUSY to wait out. */
  readonly maxRetries: number;
  /** Milliseconds. */
  readonly retryDelay: number;
}

export interface RmOptions extends RmdirOptions {
  readonly force: boolean;
}

const RMDIR_DEFAULTS: RmdirOptions = { recursive: false, maxRetries: 0, retryDelay: 100 };
const RM_DEFAULTS: RmOptions = { ...RMDIR_DEFAULTS, force: false };

function merged<T extends RmdirOptions>(options: unknown, defaults: T): T {
  if (options === undefined) return defaults;
  validateObject(options, 'options');
  const given = { ...defaults, ...options };
  validateBoolean(given.recursive, 'options.recursive');
  validateInt32(given.retryDelay, 'options.retryDelay', 0);
  validateUint32(given.maxRetries, 'options.maxRetries');
  return given;
}

export function validateRmdirOptions(options: unknown): RmdirOptions {
  return merged(options, RMDIR_DEFAULTS);
}

/** Checks the form only. That a directory needs `recursive` is found out when it is looked up. */
export function validateRmOptions(options: unknown): RmOptions {
  const given = merged(options, RM_DEFAULTS);
  validateBoolean(given.force, 'options.force');
  return given;
}
