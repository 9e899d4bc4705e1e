/** Flags of open(2) by the meaning they have for a volume. Numbers are the running platform's. */
import { constants } from 'node:fs';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW } =
  constants;

const ACCESS_MASK = O_RDONLY | O_WRONLY | O_RDWR;

// The fourth access mode, which has no name, is one that allows neither.
const NO_ACCESS = O_WRONLY | O_RDWR;

export function mayRead(flags: number): boolean {
  const access = flags & ACCESS_MASK;
  return access === O_RDONLY || access === O_RDWR;
}

export function mayWrite(flags: number): boolean {
  const access = flags & ACCESS_MASK;
  return access === O_WRONLY || access === O_RDWR;
}

/** Whether opening asks for the right to write, as truncating does, too: no directory gives it. */
export function asksToWrite(flags: number): boolean {
  return mayWrite(flags) || (flags & ACCESS_MASK) === NO_ACCESS || truncates(flags);
}

export function creates(flags: number): boolean {
  return (flags & O_CREAT) !== 0;
}

/** O_EXCL alone means nothing. */
export function isExclusive(flags: number): boolean {
  return (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
}

export function truncates(flags: number): boolean {
  return (flags & O_TRUNC) !== 0;
}

export function appends(flags: number): boolean {
  return (flags & O_APPEND) !== 0;
}

export function wantsDirectory(flags: number): boolean {
  return (flags & O_DIRECTORY) !== 0;
}

export function refusesSymlink(flags: number): boolean {
  return (flags & O_NOFOLLOW) !== 0;
}

/** Whether opening changes the volume, so that it must go through the writer. */
export function opensForChange(flags: number): boolean {
  return mayWrite(flags) || creates(flags) || truncates(flags);
}
