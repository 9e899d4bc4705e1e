/**
 * Splitting a volume path into the components that resolution walks.
 *
 * A volume path is absolute POSIX; a relative one starts at the root, which is also its own parent.
 * `.` and `..` stay in the list: what `..` means after a symbolic link only resolution knows.
 */
import { errno } from './errno.js';
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from './limits.js';

export interface ParsedPath {
  readonly components: readonly string[];
  /** `a/` asks for a directory and follows a final symbolic link. */
  readonly trailingSlash: boolean;
}

// A UTF-16 unit takes at most three UTF-8 bytes: shorter strings need no counting.
const MAX_UTF8_PER_UNIT = 3;

/** Whether `text` takes more than `limitBytes` bytes of UTF-8. */
function longerThan(text: string, limitBytes: number): boolean {
  if (text.length * MAX_UTF8_PER_UNIT <= limitBytes) return false;
  return text.length > limitBytes || Buffer.byteLength(text) > limitBytes;
}

/** Throws ENOENT for an empty path and ENAMETOOLONG for one over 4,095 bytes, as the kernel does. */
export function parsePath(path: string): ParsedPath {
  if (path.length === 0) throw errno('ENOENT');
  if (longerThan(path, PATH_BYTES_MAX - 1)) throw errno('ENAMETOOLONG');
  const parts = path.split('/');
  const last = parts[parts.length - 1];
  const components = parts.filter((part) => part !== '');
  return { components, trailingSlash: last === '' && components.length > 0 };
}

/** Throws ENAMETOOLONG for a name over 255 bytes. Called when resolution reaches the name. */
export function checkName(name: string): void {
  if (longerThan(name, NAME_BYTES_MAX)) throw errno('ENAMETOOLONG');
}

/** Whether a name may stand in a directory: not empty, no `/`, no NUL, not `.` or `..`. */
export function isEntryName(name: string): boolean {
  return (
    name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
  );
}

// Names and paths of so many UTF-16 units are within their limits whatever they are.
const PLAIN_NAME_LENGTH_MAX = Math.floor(NAME_BYTES_MAX / MAX_UTF8_PER_UNIT);
const PLAIN_PATH_LENGTH_MAX = Math.floor((PATH_BYTES_MAX - 1) / MAX_UTF8_PER_UNIT);

/**
 * The names of a path that consists of nothing else, or undefined: for `.`, `..`, double slashes, one at
 * the end, or where a limit might be passed.
 */
export function plainNames(path: string): string[] | undefined {
  if (path.length > PLAIN_PATH_LENGTH_MAX) return undefined;
  const names: string[] = [];
  for (let start = path.startsWith('/') ? 1 : 0; ; ) {
    const slash = path.indexOf('/', start);
    const name = slash < 0 ? path.slice(start) : path.slice(start, slash);
    if (!isPlainName(name)) return undefined;
    names.push(name);
    if (slash < 0) return names;
    start = slash + 1;
  }
}

function isPlainName(name: string): boolean {
  if (name === '' || name.length > PLAIN_NAME_LENGTH_MAX) return false;
  return name !== '.' && name !== '..';
}
