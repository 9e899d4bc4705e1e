/**
 * The write-ahead log of a volume: its size, its checkpoints, and a real barrier for it.
 *
 * Why a descriptor of our own: in WAL mode with `synchronous=NORMAL` SQLite never syncs a commit, and
 * there is no call to ask for it. The log is an ordinary file beside the volume, written by `pwrite`;
 * `fdatasync` on any descriptor of it makes the frames durable. SQLite's locks live on the database
 * file and the -shm file, never on the -wal file, so closing this descriptor drops no lock.
 */
import { close, closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Connection } from './connection.js';

export type CheckpointMode = 'passive' | 'full' | 'restart' | 'truncate';

export interface CheckpointResult {
  /** Whether a reader or another process kept it from finishing. */
  readonly busy: boolean;
  /** Frames in the log. */
  readonly walFrames: number;
  /** Frames of them that are in the database file now. */
  readonly checkpointedFrames: number;
}

const fdatasyncAsync = promisify(fdatasync);
const closeAsync = promisify(close);

export function walPath(volume: string): string {
  return `${volume}-wal`;
}

/** Size of the log in bytes, 0 when there is none. `stat` takes no lock and costs microseconds. */
export function walBytes(volume: string): number {
  return statSync(walPath(volume), { throwIfNoEntry: false })?.size ?? 0;
}

/** False with a rollback journal, as while a new volume is filled. */
export function hasLog(connection: Connection): boolean {
  return connection.pragma('journal_mode') === 'wal';
}

/** Runs a checkpoint; it is an action, not a statistic, and belongs to the writer. */
export function checkpoint(connection: Connection, mode: CheckpointMode): CheckpointResult {
  const [row] = connection.pragmaRows(`wal_checkpoint(${mode.toUpperCase()})`);
  return {
    busy: row?.busy === 1,
    walFrames: Math.max(0, Number(row?.log ?? 0)),
    checkpointedFrames: Math.max(0, Number(row?.checkpointed ?? 0)),
  };
}

/**
 * Frames in the log and how many of them a checkpoint has moved: reads shared memory, moves nothing.
 * `NOOP` came with SQLite 3.51.
 */
export function walState(connection: Connection): { frames: number; checkpointed: number } {
  const row = connection
    .statement<[], [busy: number, log: number, checkpointed: number]>('PRAGMA wal_checkpoint(NOOP)')
    .get();
  return { frames: Math.max(0, row?.[1] ?? 0), checkpointed: Math.max(0, row?.[2] ?? 0) };
}

const WAL_HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;

/** Where a log of so many frames ends, in bytes; see `wal-file.ts`. */
export function logEndBytes(frames: number, pageSizeBytes: number): number {
  return WAL_HEAD_BYTES + frames * (FRAME_HEAD_BYTES + pageSizeBytes);
}

/** Makes new entries of the directory that holds `path` durable: the volume and its log. */
export function syncDirectoryOf(path: string): void {
  syncPath(dirname(path));
}

/** Makes a file, or the entries of a directory, survive a power cut. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Barrier for what has been committed. The file stays the same while a connection is open: checkpoints
 * reuse or truncate it, and only the last connection to close removes it.
 */
export class WalBarrier {
  readonly #path: string;
  #fd: number | undefined;

  constructor(volume: string) {
    this.#path = walPath(volume);
  }

  /** Resolves when every frame written before the call is on stable storage. */
  async sync(): Promise<void> {
    await fdatasyncAsync(this.#open());
  }

  /** The same on this thread, which waits for the disk. */
  syncHere(): void {
    fdatasyncSync(this.#open());
  }

  #open(): number {
    this.#fd ??= openSync(this.#path, 'r+');
    return this.#fd;
  }

  async close(): Promise<void> {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    await closeAsync(fd);
  }
}
