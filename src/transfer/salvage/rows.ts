/**
 * Rows of the tables that hold files, told by their shape: no two of them look alike. Those of schemas before
 * the third have no sum, and are taken as they are.
 */
import { S_IFMT } from '../../core/mode.js';
import { attributeSum, chunkSum, entrySum, inodeSum, linkSum } from '../../core/row-sums.js';
import type { RawValue } from '../../sqlite/raw/raw-record.js';

/** A row that has a sum, in volumes that have sums. */
interface SummedRow {
  /** Whether the sum is that of the columns. */
  readonly isSound: boolean;
}

export interface InodeRow extends SummedRow {
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
  readonly inlineChecksum: number | null;
  readonly inline: Buffer | null;
}

export interface EntryRow extends SummedRow {
  readonly kind: 'entry';
  readonly parent: number;
  readonly name: string;
  readonly ino: number;
}

export interface ChunkRow extends SummedRow {
  readonly kind: 'chunk';
  readonly ino: number;
  readonly idx: number;
  readonly blob: number;
}

export interface BlobRow {
  readonly kind: 'blob';
  readonly id: number;
  readonly checksum: number;
  readonly data: Buffer;
}

export interface SymlinkRow extends SummedRow {
  readonly kind: 'symlink';
  readonly ino: number;
  readonly target: string;
}

export interface XattrRow extends SummedRow {
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

/** The last two are the sum and the inline content; without sums, the last one is the content. */
const INODE_COLUMNS = 18;
const INODE_COLUMNS_WITHOUT_SUM = 17;
const SUMMED_COLUMNS = 16;

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

/** Whether a row has so many columns, or one more, which is the sum. */
function hasColumns(values: readonly RawValue[], count: number): boolean {
  return values.length === count || values.length === count + 1;
}

/** Whether what stands behind the first `count` columns is their sum, if there is anything. */
function isSumOf(values: readonly RawValue[], count: number, sum: () => number): boolean {
  return values.length === count || values[count] === sum();
}

/** A row of a table whose rows have numbers; undefined for those of no interest, and for no row of ours. */
export function tableRow(rowid: number, values: readonly RawValue[]): FileRow | undefined {
  if (values[0] !== null || !Number.isSafeInteger(rowid)) return undefined;
  if (values.length === INODE_COLUMNS || values.length === INODE_COLUMNS_WITHOUT_SUM) {
    return inodeRow(rowid, values);
  }
  const [, second, third] = values;
  if (values.length === 3 && isInteger(second) && isBytes(third)) {
    return { kind: 'blob', id: rowid, checksum: second, data: third };
  }
  if (isText(second) && hasColumns(values, 2)) {
    const isSound = isSumOf(values, 2, () => linkSum(rowid, second));
    return { kind: 'symlink', ino: rowid, target: second, isSound };
  }
  return undefined;
}

function inodeRow(ino: number, values: readonly RawValue[]): InodeRow | undefined {
  const [, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version] = values;
  const [parent, chunks, head, inlineChecksum] = values.slice(12);
  const inline = values.at(-1);
  const areNumbers = [mode, nlink, uid, gid, rdev, size, version, chunks].every(isInteger);
  const areOthers = [parent, head, inlineChecksum].every(isIntegerOrNull);
  const areTimes = [atime, mtime, ctime].every((time) => time === null || isTime(time));
  if (!areNumbers || !areOthers || !areTimes || !isTime(btime)) return undefined;
  if ((inline !== null && !isBytes(inline)) || ((mode as number) & S_IFMT) === 0) return undefined;
  const summed = [ino, ...values.slice(1, SUMMED_COLUMNS)] as (number | bigint | null)[];
  return {
    kind: 'inode',
    isSound:
      values.length === INODE_COLUMNS_WITHOUT_SUM || values[SUMMED_COLUMNS] === inodeSum(summed),
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
    inlineChecksum: inlineChecksum as number | null,
    inline: inline as Buffer | null,
  };
}

/** A row of a table that is kept in the order of its key. */
export function keyRow(values: readonly RawValue[]): FileRow | undefined {
  const [first, second, third] = values;
  if (values.length === 2 && isText(first) && second !== undefined) {
    return { kind: 'fact', key: first, value: second };
  }
  if (!hasColumns(values, 3) || !isInteger(first)) return undefined;
  const isSound = (sum: () => number): boolean => isSumOf(values, 3, sum);
  if (isText(second) && isInteger(third)) {
    return {
      kind: 'entry',
      parent: first,
      name: second,
      ino: third,
      isSound: isSound(() => entrySum(first, second, third)),
    };
  }
  if (isText(second) && isBytes(third)) {
    return {
      kind: 'xattr',
      ino: first,
      name: second,
      value: third,
      isSound: isSound(() => attributeSum(first, second, third)),
    };
  }
  if (isInteger(second) && isInteger(third)) {
    return {
      kind: 'chunk',
      ino: first,
      idx: second,
      blob: third,
      isSound: isSound(() => chunkSum(first, second, third)),
    };
  }
  return undefined;
}
