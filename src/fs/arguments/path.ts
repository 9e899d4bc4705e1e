/**
 * Path arguments: a string, the bytes of one, or a `file:` URL.
 *
 * Two steps, because Node takes them at different moments: `validatePath` throws for a wrong argument
 * before anything else happens; `pathText` may find a name the volume cannot hold, which is the
 * answer of the filesystem and must come after every other argument was checked.
 */
import { isUtf8 } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { isUint8Array } from 'node:util/types';
import { errno } from '../../core/errno.js';
import { invalidArgType, invalidArgValue } from './node-error.js';

export type PathLike = string | Uint8Array | URL;

// ES2024, in every Node this runs on; TypeScript's `lib` of the project is older.
interface WellFormed {
  toWellFormed(): string;
}

/** Not that of Buffer, whose error for detached memory is another than Node's. */
const includesByte = Uint8Array.prototype.includes;

/** `name` is how the function at hand calls the argument. A URL comes back as its path. */
export function validatePath(value: unknown, name = 'path'): string | Uint8Array {
  const path = isUrl(value) ? fileURLToPath(value, { windows: false }) : value;
  if (typeof path !== 'string' && !isUint8Array(path)) {
    throw invalidArgType(name, ['string', 'Buffer', 'URL'], path);
  }
  const hasNul = typeof path === 'string' ? path.includes('\0') : includesByte.call(path, 0);
  if (!hasNul) return path;
  const reason = 'must be a string, Uint8Array, or URL without null bytes';
  throw invalidArgValue(name, path, reason);
}

// Node recognizes a URL by its properties, so that one from another realm works; `auth` and `path`
// tell it from the result of the old `url.parse()`.
function isUrl(value: unknown): value is URL {
  const url = value as (Partial<URL> & { auth?: unknown; path?: unknown }) | null | undefined;
  return Boolean(url?.href && url.protocol && url.auth === undefined && url.path === undefined);
}

/** Text of a validated path. Throws the errno EILSEQ for bytes that are not UTF-8. */
export function pathText(path: string | Uint8Array): string {
  if (typeof path === 'string') return (path as unknown as WellFormed).toWellFormed();
  if (!isUtf8(path)) throw errno('EILSEQ');
  return bufferOver(path).toString('utf8');
}

/** How an error message shows a validated path: what is not UTF-8 becomes U+FFFD. */
export function displayPath(path: string | Uint8Array): string {
  return typeof path === 'string'
    ? (path as unknown as WellFormed).toWellFormed()
    : bufferOver(path).toString('utf8');
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Both steps, for functions that have nothing else to check in between. */
export function decodePath(value: unknown, name = 'path'): string {
  return pathText(validatePath(value, name));
}

let warnedOfTemplate = false;

/** The prefix of `mkdtemp`: a path; Node warns, once, of one that ends in `X`. */
export function decodePrefix(value: unknown): string {
  const prefix = decodePath(value, 'prefix');
  if (prefix.endsWith('X') && !warnedOfTemplate) {
    warnedOfTemplate = true;
    process.emitWarning(
      'mkdtemp() templates ending with X are not portable. ' +
        'For details see: https://nodejs.org/api/fs.html',
    );
  }
  return prefix;
}
