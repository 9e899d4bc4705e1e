/** Attributes as fuse-native takes them: numbers of 32 bits, in pairs where 64 are needed. */
import { blocksOf } from '../../fs/stats.js';
import type { Inode } from '../../store/inode-table.js';

export const STAT_CELLS = 18;
const STATFS_CELLS = 11;
const WORD = 2 ** 32;
const MS_PER_SEC = 1000;
const NS_PER_MS = 1_000_000;

/** Whole milliseconds is all there is room for; times before 1970 cannot be said, and become 1970. */
function millisecondsOf(sec: number, nsec: number): number {
  return Math.max(0, sec * MS_PER_SEC + Math.floor(nsec / NS_PER_MS));
}

function setPair(cells: Uint32Array, at: number, value: number): void {
  cells[at] = value % WORD;
  cells[at + 1] = value / WORD;
}

export function encodeStat(cells: Uint32Array, inode: Inode, chunkSizeBytes: number): Uint32Array {
  cells[0] = inode.mode;
  cells[1] = inode.uid;
  cells[2] = inode.gid;
  setPair(cells, 3, inode.size);
  cells[6] = inode.nlink;
  cells[7] = inode.ino;
  cells[8] = inode.rdev;
  cells[9] = chunkSizeBytes;
  setPair(cells, 10, blocksOf(inode, chunkSizeBytes));
  setPair(cells, 12, millisecondsOf(inode.atimeSec, inode.atimeNsec));
  setPair(cells, 14, millisecondsOf(inode.mtimeSec, inode.mtimeNsec));
  setPair(cells, 16, millisecondsOf(inode.ctimeSec, inode.ctimeNsec));
  return cells;
}

/** What a listing tells of an entry: which inode, and of what kind. */
export function encodeEntry(
  cells: Uint32Array,
  { ino, mode }: { readonly ino: number; readonly mode: number },
): Uint32Array {
  cells[0] = mode;
  cells[7] = ino;
  return cells;
}

export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly files: number;
  readonly freeFiles: number;
  readonly nameBytesMax: number;
}

const BLOCK_BYTES = 4096;

/** Blocks get bigger on a disk that has more of them than 32 bits can count. */
export function encodeStatfs(space: Space): Uint32Array {
  let blockBytes = BLOCK_BYTES;
  while (space.totalBytes / blockBytes >= WORD) blockBytes *= 2;
  const free = Math.floor(space.freeBytes / blockBytes);
  const cells = new Uint32Array(STATFS_CELLS);
  cells[0] = blockBytes;
  cells[1] = blockBytes;
  cells[2] = Math.floor(space.totalBytes / blockBytes);
  cells[3] = free;
  cells[4] = free;
  cells[5] = Math.min(space.files + space.freeFiles, WORD - 1);
  cells[6] = Math.min(space.freeFiles, WORD - 1);
  cells[7] = cells[6];
  cells[10] = space.nameBytesMax;
  return cells;
}
