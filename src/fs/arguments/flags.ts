/** Open flags: a number, or one of the strings Node knows. */
import { constants } from 'node:fs';
import { validateInt32 } from './integers.js';
import { invalidArgValue } from './node-error.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

const WRITE = O_WRONLY | O_CREAT | O_TRUNC;
const READ_WRITE = O_RDWR | O_CREAT | O_TRUNC;
const APPEND = O_WRONLY | O_CREAT | O_APPEND;
const READ_APPEND = O_RDWR | O_CREAT | O_APPEND;

const FLAGS_BY_TEXT: ReadonlyMap<unknown, number> = new Map([
  ['r', O_RDONLY],
  ['rs', O_RDONLY | O_SYNC],
  ['sr', O_RDONLY | O_SYNC],
  ['r+', O_RDWR],
  ['rs+', O_RDWR | O_SYNC],
  ['sr+', O_RDWR | O_SYNC],
  ['w', WRITE],
  ['wx', WRITE | O_EXCL],
  ['xw', WRITE | O_EXCL],
  ['w+', READ_WRITE],
  ['wx+', READ_WRITE | O_EXCL],
  ['xw+', READ_WRITE | O_EXCL],
  ['a', APPEND],
  ['ax', APPEND | O_EXCL],
  ['xa', APPEND | O_EXCL],
  ['as', APPEND | O_SYNC],
  ['sa', APPEND | O_SYNC],
  ['a+', READ_APPEND],
  ['ax+', READ_APPEND | O_EXCL],
  ['xa+', READ_APPEND | O_EXCL],
  ['as+', READ_APPEND | O_SYNC],
  ['sa+', READ_APPEND | O_SYNC],
]);

/** Null and undefined open for reading. `name` is used only for a number out of range. */
export function stringToFlags(flags: unknown, name = 'flags'): number {
  if (typeof flags === 'number') {
    validateInt32(flags, name);
    return flags;
  }
  if (flags === null || flags === undefined) return O_RDONLY;
  const known = FLAGS_BY_TEXT.get(flags);
  if (known === undefined) throw invalidArgValue('flags', flags);
  return known;
}
