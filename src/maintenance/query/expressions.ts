/** Pieces of SQL of the views. Arguments are constants of ours, never values. */
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../core/mode.js';

const TYPE_NAMES: readonly (readonly [type: number, name: string])[] = [
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFIFO, 'fifo'],
  [S_IFSOCK, 'socket'],
  [S_IFCHR, 'char'],
  [S_IFBLK, 'block'],
];

/** The type in a mode, by name; `unknown` in a damaged volume. */
export function typeNameOf(mode: string): string {
  const cases = TYPE_NAMES.map(([type, name]) => `WHEN ${type} THEN '${name}'`).join(' ');
  return `CASE ${mode} & ${S_IFMT} ${cases} ELSE 'unknown' END`;
}

export function octalOf(bits: string): string {
  return `printf('%04o', ${bits})`;
}

/**
 * Nanoseconds as text in ISO 8601, cut down to milliseconds as `Date` has them. SQLite takes seconds with
 * a fraction; that of whole milliseconds is exact enough to come back unchanged.
 */
export function timeOf(ns: string): string {
  const ms = `((${ns}) / 1000000 - ((${ns}) % 1000000 < 0))`;
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`;
}

/** What follows the last dot; a dot in front makes a hidden file and no extension. */
export function extensionOf(name: string): string {
  const upToLastDot = `length(rtrim(${name}, replace(${name}, '.', '')))`;
  return `CASE WHEN ${upToLastDot} > 1 THEN nullif(lower(substr(${name}, ${upToLastDot} + 1)), '') END`;
}

/** `length` of a blob comes from the header of its row: the bytes are not read. */
export function storedBytesOf(inode: string): string {
  return `(coalesce(length(${inode}.inline), 0)
    + coalesce((SELECT length(b.data) FROM main.blob AS b WHERE b.id = ${inode}.head), 0)
    + CASE WHEN ${inode}.chunks < 2 AND ${inode}.head IS NOT NULL THEN 0 ELSE
      coalesce((SELECT sum(length(b.data)) FROM main.chunk AS c
        CROSS JOIN main.blob AS b ON b.id = c.blob WHERE c.ino = ${inode}.ino), 0) END)`;
}

// CRC-32C is stored as a signed integer.
const UNSIGNED = '& 4294967295';
const BELOW_2_31 = '& 2147483647';
// Odd, so that no bits of a checksum are lost; the place of a chunk matters.
const PLACE_FACTOR = '(2 * (c.idx & 4194303) + 1)';

/** Checksums of the parts of a file in one short text; sums stay below 2^63. */
export function checksumOf(inode: string): string {
  const inline = `printf('%08x', ${inode}.inline_crc32c ${UNSIGNED})`;
  const head = `coalesce((SELECT printf('%08x', b.crc32c ${UNSIGNED}) FROM main.blob AS b
    WHERE b.id = ${inode}.head), '')`;
  const others = `(SELECT printf('-%x-%016x', count(*),
      sum(((b.crc32c ${UNSIGNED}) * ${PLACE_FACTOR}) ${BELOW_2_31}))
    FROM main.chunk AS c CROSS JOIN main.blob AS b ON b.id = c.blob WHERE c.ino = ${inode}.ino)`;
  return `CASE WHEN ${inode}.inline IS NOT NULL THEN ${inline}
    WHEN ${inode}.chunks = 0 THEN NULL
    WHEN ${inode}.chunks = 1 AND ${inode}.head IS NOT NULL THEN ${head}
    ELSE ${head} || ${others} END`;
}
