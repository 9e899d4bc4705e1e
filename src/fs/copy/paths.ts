/** What `cp` asks of its two paths before it looks at anything: pure, on text. */
import { posix } from 'node:path';

/** The absolute path, without `.` and `..`; a relative one starts at the root. */
export function absolutePath(path: string): string {
  // Bytes are taken by the functions that touch files and refused here, with Node's own error.
  return typeof path === 'string' ? posix.resolve('/', path) : posix.resolve(path);
}

function namesOf(path: string): string[] {
  return absolutePath(path)
    .split('/')
    .filter((name) => name !== '');
}

/** Whether `path` is `ancestor` or lies below it, by name alone: links are not looked at. */
export function isBelow(ancestor: string, path: string): boolean {
  const names = namesOf(path);
  return namesOf(ancestor).every((name, index) => names[index] === name);
}

/** Where a link at `path` with this target leads. */
export function absoluteTarget(path: string, target: string): string {
  if (posix.isAbsolute(target)) return target;
  return absolutePath(posix.join(absolutePath(posix.dirname(path)), target));
}
