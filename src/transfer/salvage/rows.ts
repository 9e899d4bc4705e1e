/** Rows of the tables that hold files, told by their shape: no two of them look alike. */
import { S_IFMT } from '../../core/mode.js';
import type { RawValue } from '../../sqlite/raw/raw-record.js';

export interface InodeRow {
  readonly kind: 'inode';
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  /** Nanoseconds. */
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly version: number;
  readonly chunks: number;
  readonly head: number | null;
  readonly inlineCrc32: number | null;
  readonly inline: Buffer | null;
}

export interface EntryRow {
  readonly kind: 'entry';
  readonly parent: number;
  readonly name: string;
  readonly ino: number;
}

export interface ChunkRow {
  readonly kind: 'chunk';
  readonly ino: number;
  readonly idx: number;
  readonly blob: number;
}

export interface BlobRow {
  readonly kind: 'blob';
  readonly id: number;
  readonly crc32: number;
  readonly data: Buffer;
}

export interface SymlinkRow {
  readonly kind: 'symlink';
  readonly ino: number;
  readonly target: string;
}

export interface XattrRow {
  readonly kind: 'xattr';
  readonly ino: number;
  readonly name: string;
  readonly value: Buffer;
}

export interface FactRow {
  readonly kind: 'fact';
  readonly key: string;
  readonly value: RawValue;
}

export type FileRow = InodeRow | EntryRow | ChunkRow | BlobRow | SymlinkRow | XattrRow | FactRow;

const INODE_COLUMNS = 17;

function isInteger(value: RawValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function isIntegerOrNull(value: RawValue | undefined): value is number | null {
  return value === null || isInteger(value);
}

function isTime(value: RawValue | undefined): value is number | bigint {
  return isInteger(value) || typeof value === 'bigint';
}

function isBytes(value: RawValue | undefined): value is Buffer {
  return value instanceof Uint8Array;
}

function isText(value: RawValue | undefined): value is string {
  return typeof value === 'string';
}

/** A row of a table whose rows have numbers; undefined for those of no interest, and for no row of ours. */
export function tableRow(rowid: number, values: readonly RawValue[]): FileRow | undefined {
  if (values[0] !== null || !Number.isSafeInteger(rowid)) return undefined;
  if (values.length === INODE_COLUMNS) return inodeRow(rowid, values);
  const [, second, third] = values;
  if (values.length === 3 && isInteger(second) && isBytes(third)) {
    return { kind: 'blob', id: rowid, crc32: second, data: third };
  }
  if (values.length === 2 && isText(second)) return { kind: 'symlink', ino: rowid, target: second };
  return undefined;
}

function inodeRow(ino: number, values: readonly RawValue[]): InodeRow | undefined {
  const [, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version] = values;
  const [parent, chunks, head, inlineCrc32, inline] = values.slice(12);
  const areNumbers = [mode, nlink, uid, gid, rdev, size, version, chunks].every(isInteger);
  const areOthers = [parent, head, inlineCrc32].every(isIntegerOrNull);
  const areTimes = [atime, mtime, ctime].every((time) => time === null || isTime(time));
  if (!areNumbers || !areOthers || !areTimes || !isTime(btime)) return undefined;
  if ((inline !== null && !isBytes(inline)) || ((mode as number) & S_IFMT) === 0) return undefined;
  return {
    kind: 'inode',
    ino,
    mode: mode as number,
    nlink: nlink as number,
    uid: uid as number,
    gid: gid as number,
    rdev: rdev as number,
    size: size as number,
    atime: BigInt((atime as number | bigint | null) ?? btime),
    mtime: BigInt((mtime as number | bigint | null) ?? btime),
    version: version as number,
    chunks: chunks as number,
    head: head as number | null,
    inlineCrc32: inlineCrc32 as number | null,
    inline: inline as Buffer | null,
  };
}

/** A row of a table that is kept in the order of its key. */
export function keyRow(values: readonly RawValue[]): FileRow | undefined {
  const [first, second, third] = values;
  if (values.length === 2 && isText(first) && second !== undefined) {
    return { kind: 'fact', key: first, value: second };
  }
  if (values.length !== 3 || !isInteger(first)) return undefined;
  if (isText(second) && isInteger(third)) {
    return { kind: 'entry', parent: first, name: second, ino: third };
  }
  if (isText(second) && isBytes(third)) {
    return { kind: 'xattr', ino: first, name: second, value: third };
  }
  if (isInteger(second) && isInteger(third)) {
    return { kind: 'chunk', ino: first, idx: second, blob: third };
  }
  return undefined;
}
