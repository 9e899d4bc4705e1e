/** The type argument of `symlink`: it means something on Windows only, but is checked everywhere. */
import { invalidSymlinkType } from './node-error.js';

const SYMLINK_TYPES: readonly string[] = ['dir', 'file', 'junction'];

/** What is not a string is ignored. */
export function validateSymlinkType(type: unknown): void {
  if (typeof type === 'string' && !SYMLINK_TYPES.includes(type)) throw invalidSymlinkType(type);
}
