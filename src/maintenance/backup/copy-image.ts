/**
 * Writes the file that a snapshot is: the pages of the database file, those that are newer in the log put
 * over them, in one sequential pass that also makes the SHA-256.
 *
 * Runs in a process of its own (`copy-process.ts`), because it opens the live database file, and closing a
 * file drops the locks that SQLite has on it in the same process.
 *
 * WHY THIS IS THE SNAPSHOT. Somebody keeps a view open meanwhile. A checkpoint then moves no frame that
 * is not in the view, and a log of which the view needs frames is not written from its start again. So a
 * page that the database file gets while we read it is in the log up to the view's last frame, and we
 * take it from there; every other page does not change. When the log is restarted all the same, the view
 * needed none of it, because all of it was in the database file: then that file alone, which no
 * checkpoint touches as long as the view is there, is the snapshot, and the pass is made again without it.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { lockPage, markWithoutLog } from '../../sqlite/file-header.js';
import { LogFrames, type LogPart, LogRestarted } from '../../sqlite/log-frames.js';

export interface ImageJob {
  /** The database file. */
  readonly source: string;
  /** A file that is there and empty, or `source` itself to finish what is in it. */
  readonly target: string;
  readonly pages: number;
  readonly pageSizeBytes: number;
  readonly log: LogPart | null;
  readonly pagesPerStep: number;
  /** 0: as fast as it goes. */
  readonly bytesPerSecondMax: number;
}

/** The file is written; the disk may not have all of it yet. */
export interface WrittenImage extends ImageResult {
  /** Settles when it has. What looks at the file meanwhile reads what was written. */
  readonly stored: Promise<void>;
}

export interface ImageResult {
  readonly bytes: number;
  readonly sha256: string;
}

const PIECE_BYTES_MAX = 4 * 1024 * 1024;
/** As much as this may be written before the disk is asked to store it, so that the end is not one long wait. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;

export async function copyImage(
  job: ImageJob,
  onPages: (pagesDone: number) => void,
): Promise<WrittenImage> {
  await using source = await open(job.source, 'r');
  const target = await open(job.target, 'r+');
  try {
    const result = await write(job, source, target, onPages);
    return { ...result, stored: awaitedLater(store(target)) };
  } catch (error) {
    await target.close();
    throw error;
  }
}

async function store(target: FileHandle): Promise<void> {
  try {
    await target.sync();
  } finally {
    await target.close();
  }
}

async function write(
  job: ImageJob,
  source: FileHandle,
  target: FileHandle,
  onPages: (pagesDone: number) => void,
): Promise<ImageResult> {
  let result: ImageResult;
  try {
    result = await pass(job, source, target, onPages);
  } catch (error) {
    if (!(error instanceof LogRestarted)) throw error;
    result = await pass({ ...job, log: null }, source, target, onPages);
  }
  await target.truncate(result.bytes);
  return result;
}

async function pass(
  job: ImageJob,
  source: FileHandle,
  target: FileHandle,
  onPages: (pagesDone: number) => void,
): Promise<ImageResult> {
  const { source: path, log, pageSizeBytes } = job;
  const frames = log === null ? undefined : new LogFrames(path, log, pageSizeBytes);
  try {
    const result = await new ImagePass(job, source, target, frames).run(onPages);
    frames?.verify();
    return result;
  } finally {
    frames?.close();
  }
}

/** For a promise that may fail before somebody waits for it; who does then is told. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

class ImagePass {
  readonly #job: ImageJob;
  readonly #source: FileHandle;
  readonly #target: FileHandle;
  readonly #frames: LogFrames | undefined;
  readonly #hash: Hash = createHash('sha256');
  readonly #pagesPerPiece: number;
  readonly #startedMs = performance.now();
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;

  constructor(
    job: ImageJob,
    source: FileHandle,
    target: FileHandle,
    frames: LogFrames | undefined,
  ) {
    this.#job = job;
    this.#source = source;
    this.#target = target;
    this.#frames = frames;
    const most = Math.max(1, Math.floor(PIECE_BYTES_MAX / job.pageSizeBytes));
    this.#pagesPerPiece = Math.min(most, job.pagesPerStep);
  }

  /** Reads the next piece and writes the last one while this one is hashed. */
  async run(onPages: (pagesDone: number) => void): Promise<ImageResult> {
    const { pages, pageSizeBytes } = this.#job;
    const pieceBytes = this.#pagesPerPiece * pageSizeBytes;
    const buffers = [0, 1, 2].map(() => Buffer.allocUnsafe(pieceBytes));
    const writes: (Promise<unknown> | undefined)[] = [undefined, undefined, undefined];
    let next = awaitedLater(this.#read(buffers[0] as Buffer, 0));
    for (let first = 0, turn = 0; first < pages; first += this.#pagesPerPiece, turn += 1) {
      const piece = await next;
      const following = (turn + 1) % buffers.length;
      await writes[following];
      next = awaitedLater(this.#read(buffers[following] as Buffer, first + this.#pagesPerPiece));
      writes[turn % buffers.length] = awaitedLater(this.#write(piece, first));
      this.#hash.update(piece);
      onPages(Math.min(pages, first + this.#pagesPerPiece));
      await this.#throttle(first * pageSizeBytes + piece.length);
    }
    await Promise.all([next, ...writes, this.#syncing]);
    return { bytes: pages * pageSizeBytes, sha256: this.#hash.digest('hex') };
  }

  async #read(buffer: Buffer, first: number): Promise<Buffer> {
    const { pages, pageSizeBytes } = this.#job;
    const count = Math.max(0, Math.min(this.#pagesPerPiece, pages - first));
    const piece = buffer.subarray(0, count * pageSizeBytes);
    if (count === 0) return piece;
    await this.#readFile(piece, first * pageSizeBytes);
    for (let index = 0; index < count; index += 1) {
      this.#frames?.read(first + index + 1, piece, index * pageSizeBytes, pageSizeBytes);
    }
    const unused = lockPage(pageSizeBytes) - 1 - first;
    if (unused >= 0 && unused < count) {
      piece.fill(0, unused * pageSizeBytes, (unused + 1) * pageSizeBytes);
    }
    if (first === 0) markWithoutLog(piece);
    return piece;
  }

  /** What lies past the end of the file is in the log. */
  async #readFile(piece: Buffer, position: number): Promise<void> {
    let done = 0;
    while (done < piece.length) {
      const { bytesRead } = await this.#source.read(
        piece,
        done,
        piece.length - done,
        position + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    piece.fill(0, done);
  }

  async #write(piece: Buffer, first: number): Promise<void> {
    const position = first * this.#job.pageSizeBytes;
    let done = 0;
    while (done < piece.length) {
      const { bytesWritten } = await this.#target.write(
        piece,
        done,
        piece.length - done,
        position + done,
      );
      done += bytesWritten;
    }
    this.#unsyncedBytes += piece.length;
    if (this.#unsyncedBytes < SYNC_EVERY_BYTES || this.#syncing !== undefined) return;
    this.#unsyncedBytes = 0;
    this.#syncing = awaitedLater(
      this.#target.datasync().then(() => {
        // One that failed stays, for the end.
        this.#syncing = undefined;
      }),
    );
  }

  async #throttle(bytesDone: number): Promise<void> {
    const { bytesPerSecondMax } = this.#job;
    if (bytesPerSecondMax === 0) return;
    const dueMs = (bytesDone / bytesPerSecondMax) * 1000;
    const aheadMs = dueMs - (performance.now() - this.#startedMs);
    if (aheadMs > 0) await pause(aheadMs);
  }
}
