/**
 * The frames of a log as a file: which page of a snapshot is where in it.
 *
 * Read with descriptors of our own. That is safe for the log, on which SQLite has no locks, and would
 * not be for the database file (durability.md).
 *
 * Format: https://sqlite.org/fileformat2.html#walformat
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { walPath } from './wal.js';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const SALT_OFFSET = 16;
const FRAME_SALT_OFFSET = 8;
const SALT_BYTES = 8;

/** Frames of the log that belong to a snapshot. */
export interface LogPart {
  /** The header of the log: another one means that the log was written from its start again. */
  readonly identity: string;
  /** Frames from the start that belong to it. */
  readonly frames: number;
}

function readHeader(fd: number): Buffer | undefined {
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  return readSync(fd, header, 0, LOG_HEADER_BYTES, 0) === LOG_HEADER_BYTES ? header : undefined;
}

/** What tells one filling of the log of `volume` from the next; null when there is none. */
export function logIdentity(volume: string): string | null {
  let fd: number;
  try {
    fd = openSync(walPath(volume), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return readHeader(fd)?.toString('hex') ?? null;
  } finally {
    closeSync(fd);
  }
}

/** Thrown when the log is not the one that was meant any more. */
export class LogRestarted extends Error {}

/** Looks up pages in the log of a snapshot. Close it when done. */
export class LogFrames {
  readonly #fd: number;
  readonly #part: LogPart;
  /** Where the newest image of a page begins in the log, by page number. */
  readonly #offsets = new Map<number, number>();

  /** Throws `LogRestarted` when `part` is not what is there. */
  constructor(volume: string, part: LogPart, pageSizeBytes: number) {
    this.#part = part;
    this.#fd = openSync(walPath(volume), 'r');
    try {
      this.#index(pageSizeBytes);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  #index(pageSizeBytes: number): void {
    const header = readHeader(this.#fd);
    if (header?.toString('hex') !== this.#part.identity) throw new LogRestarted();
    const salt = header.subarray(SALT_OFFSET, SALT_OFFSET + SALT_BYTES);
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    for (let index = 0; index < this.#part.frames; index += 1) {
      const at = LOG_HEADER_BYTES + index * (FRAME_HEADER_BYTES + pageSizeBytes);
      const bytesRead = readSync(this.#fd, frame, 0, FRAME_HEADER_BYTES, at);
      const found = frame.subarray(FRAME_SALT_OFFSET, FRAME_SALT_OFFSET + SALT_BYTES);
      if (bytesRead < FRAME_HEADER_BYTES || !found.equals(salt)) throw new LogRestarted();
      this.#offsets.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    }
  }

  /** Reads page `number` (from 1) to `offset` of `target`; false when it is not in the log. */
  read(number: number, target: Buffer, offset: number, pageSizeBytes: number): boolean {
    const at = this.#offsets.get(number);
    if (at === undefined) return false;
    const bytesRead = readSync(this.#fd, target, offset, pageSizeBytes, at);
    if (bytesRead < pageSizeBytes) throw new LogRestarted();
    return true;
  }

  /** Throws `LogRestarted` when what was read may not have been of the snapshot. */
  verify(): void {
    if (readHeader(this.#fd)?.toString('hex') !== this.#part.identity) throw new LogRestarted();
  }

  close(): void {
    closeSync(this.#fd);
  }
}
