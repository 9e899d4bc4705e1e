/** Makes calls of this process fail, through the shim that it was started with. */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';

/** Kinds of calls, as bits; `disk-shim.c` has the same list. */
export const CALLS = {
  write: 1,
  sync: 2,
  truncate: 4,
  open: 8,
  unlink: 16,
  rename: 32,
  link: 64,
  read: 128,
  lock: 256,
} as const;

const { ENOSPC, EIO, EROFS, ENOLCK } = constants.errno as Record<string, number>;

/** What a call does instead of its work, on which kinds of calls, and whether all later ones do so too. */
export const EFFECTS = {
  'no space': { effect: ENOSPC, calls: CALLS.write | CALLS.truncate | CALLS.open, sticky: false },
  'no space any more': {
    effect: ENOSPC,
    calls: CALLS.write | CALLS.truncate | CALLS.open,
    sticky: true,
  },
  'an I/O error': { effect: EIO, calls: 127, sticky: false },
  'I/O errors from then on': { effect: EIO, calls: 127, sticky: true },
  'a disk that is read-only': { effect: EROFS, calls: 127, sticky: true },
  'a short write': { effect: 1001, calls: CALLS.write, sticky: false },
  'a slow disk': { effect: 1002, calls: CALLS.write | CALLS.sync, sticky: true },
  'an error of a read': { effect: EIO, calls: CALLS.read, sticky: false },
  'no lock': { effect: ENOLCK, calls: CALLS.lock, sticky: false },
} as const;

export type EffectName = keyof typeof EFFECTS;

const CELL_BYTES = 4;
const CELLS = 8;
const FIRED_CELL = 4;
const SEEN_CELL = 6;
const SLOW_US = 2000;
/** A number no call has: they are counted, and none is hit. */
export const NEVER = 0xffff_ffff;

/** Before the process is started: the file that both share. */
export function createControl(path: string): void {
  writeFileSync(path, Buffer.alloc(CELLS * CELL_BYTES));
}

function write(path: string, cells: readonly number[]): void {
  const bytes = Buffer.alloc(CELLS * CELL_BYTES);
  for (const [index, cell] of cells.entries()) bytes.writeUInt32LE(cell, index * CELL_BYTES);
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
}

/** From now on the `at`th call, counted from here, has the effect. */
export function arm(path: string, name: EffectName, at: number): void {
  const { effect, calls, sticky } = EFFECTS[name];
  write(path, [1, calls, at, effect as number, 0, sticky ? 1 : 0, 0, SLOW_US]);
}

export interface Counted {
  /** Calls that were hit. */
  readonly fired: number;
  /** Calls that could have been. */
  readonly seen: number;
}

/** Ends it. */
export function disarm(path: string): Counted {
  const bytes = Buffer.alloc(CELLS * CELL_BYTES);
  const fd = openSync(path, 'r');
  readSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
  write(path, []);
  return { fired: cellOf(bytes, FIRED_CELL), seen: cellOf(bytes, SEEN_CELL) };
}

function cellOf(bytes: Buffer, cell: number): number {
  return bytes.readUInt32LE(cell * CELL_BYTES);
}
