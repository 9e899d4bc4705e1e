/**
 * What tells that a file was changed, by whomever: compared with what was seen before.
 *
 * The version of a directory grows with each change of its entries, which is no change of the directory
 * to those who watch it from above. Of directories the attributes themselves are compared, and the time
 * of a change that was none of entries: those set both times.
 */
import { createHash } from 'node:crypto';
import type { Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';

export interface InodeState {
  readonly ino: Ino;
  readonly version: number;
  /** Mode, owner and extended attributes of a directory; empty for everything else. */
  readonly attributes: string;
  /** When a directory was last changed otherwise than in its entries; empty when entries came after. */
  readonly touchedAt: string;
}

export interface NamedState extends InodeState {
  readonly name: string;
}

/** Whether the file changed; `touchedAt` alone may go away, when entries changed later. */
export function hasChanged(before: InodeState, now: InodeState): boolean {
  if (now.attributes === '') return before.version !== now.version;
  if (before.attributes !== now.attributes) return true;
  return now.touchedAt !== '' && now.touchedAt !== before.touchedAt;
}

// S_IFMT and S_IFDIR.
const IS_DIRECTORY = '(i.mode & 61440) = 16384';
const STATE = `
  i.ino, i.version,
  CASE WHEN ${IS_DIRECTORY} THEN i.mode || ':' || i.uid || ':' || i.gid END,
  CASE WHEN ${IS_DIRECTORY} THEN
    (SELECT group_concat(quote(x.name) || hex(x.value)) FROM xattr AS x WHERE x.ino = i.ino) END,
  CASE WHEN ${IS_DIRECTORY} AND coalesce(i.ctime, i.btime) <> coalesce(i.mtime, i.btime)
    THEN CAST(coalesce(i.ctime, i.btime) AS TEXT) END`;

const GET = `SELECT ${STATE} FROM inode AS i WHERE i.ino = ?`;
const LIST = `
  SELECT ${STATE}, d.name FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?`;
const SUMS = `
  SELECT i.version,
         (SELECT total(c.version) FROM dentry AS d CROSS JOIN inode AS c ON c.ino = d.ino
          WHERE d.parent = i.ino)
  FROM inode AS i WHERE i.ino = ?`;
// No index: reads all names of the volume.
const NAMES = 'SELECT parent, name FROM dentry WHERE ino = ?';
const NAMES_IN = 'SELECT parent, name FROM dentry WHERE ino = ? AND parent = ?';

type StateTuple = readonly [
  ino: number,
  version: number,
  attributes: string | null,
  xattrs: string | null,
  touchedAt: string | null,
  name?: string,
];

function toState(row: StateTuple): NamedState {
  const [ino, version, attributes, xattrs, touchedAt, name] = row;
  return {
    ino: ino as Ino,
    version,
    attributes: (attributes ?? '') + (xattrs === null ? '' : `:${digest(xattrs)}`),
    touchedAt: touchedAt ?? '',
    name: name ?? '',
  };
}

/** Values have up to 64 KiB. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

export function inodeState(connection: Connection, ino: Ino): InodeState | undefined {
  const row = connection.statement<[number], StateTuple>(GET).get(ino);
  return row === undefined ? undefined : toState(row);
}

/** Up to `limit` entries after the name `after`, in byte order of names. */
export function listStates(
  connection: Connection,
  parent: Ino,
  after: string,
  limit: number,
): NamedState[] {
  return connection
    .statement<[number, string, number], StateTuple>(LIST)
    .all(parent, after, limit)
    .map(toState);
}

/**
 * A fingerprint of a directory and of what is in it. Versions only grow, and that of the directory with
 * each entry that comes, goes or is replaced: while both numbers stay, nothing has changed.
 */
export interface VersionSums {
  readonly own: number;
  readonly entries: number;
}

/** A tenth of the cost of listing the entries. */
export function versionSums(connection: Connection, directory: Ino): VersionSums | undefined {
  const row = connection.statement<[number], [number, number]>(SUMS).get(directory);
  return row === undefined ? undefined : { own: row[0], entries: row[1] };
}

export interface Location {
  readonly parent: Ino;
  readonly name: string;
}

/** All names of an inode; without `parent` this costs as much as the volume has names. */
export function locationsOf(connection: Connection, ino: Ino, parent?: Ino): Location[] {
  const rows =
    parent === undefined
      ? connection.statement<[number], [number, string]>(NAMES).all(ino)
      : connection.statement<[number, number], [number, string]>(NAMES_IN).all(ino, parent);
  return rows.map(([directory, name]) => ({ parent: directory as Ino, name }));
}
