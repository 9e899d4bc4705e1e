/**
 * Follows the log of a volume, so that nothing that is committed goes by unseen. Archive thread only.
 *
 * INVARIANT: from `begin` on a pin is held whose view is the state at `position` or an older one that is
 * newer than all before it; see `pin.ts` for why then all that is newer is in the log file.
 *
 *   cut        a new pin at the end of the log; the old one stays until what lies between is archived
 *   turn over  the same while everybody stands still: what lies between is read into memory, so that
 *              the rest of the log can be moved into the database file and the log begun anew
 */
import { BugError, VolumeError } from '../../core/errors.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { checkpoint, walState } from '../../sqlite/wal.js';
import {
  hasSalts,
  startOf,
  type WalDelta,
  WalFile,
  type WalHeader,
  type WalPosition,
} from '../../sqlite/wal-file.js';
import type { Standstill } from '../../writer/standstill.js';
import { continueFrom, fileStateOf } from './continuity.js';
import { Pin } from './pin.js';
import type { FileState, Position } from './segment-format.js';
import type { PageSource } from './segment-writer.js';

/** Most of the log that is read into memory while everybody stands still, in bytes. */
export const STANDSTILL_BYTES_MAX: number = 64 * 1024 * 1024;
const CACHE_BYTES = 1024 * 1024;
const SETTLE_MS = 25;

export interface TrackerOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  /** As the writer's: a checkpoint syncs by it. */
  readonly synchronous: 'OFF' | 'NORMAL' | 'FULL';
}

/** A state of the volume between two commits, and what changed since the one before. */
export interface Cut {
  readonly commit: number;
  readonly atMs: number;
  readonly position: Position;
  /** Pages of the database; undefined when nothing changed. */
  readonly databasePages: number | undefined;
  readonly pages: PageSource;
  /** To be called when the pages have been archived. */
  accept(): void;
  /** To be called when they have not: everything is as it was before the cut. */
  reject(): void;
}

export interface LogSize {
  readonly frames: number;
  /** Frames that are in the database file. */
  readonly checkpointed: number;
}

/** The standstill was over before its work. */
function standstillOver(path: string): VolumeError {
  return new VolumeError('ERR_VOLUME_BUSY', `There was no time to look at the log of '${path}'.`, {
    path,
    hint: 'The machine is very busy; it is tried again.',
  });
}

export class LogTracker {
  readonly pageSizeBytes: number;
  readonly #options: TrackerOptions;
  readonly #connection: Connection;
  #pin: Pin | undefined;
  /** Where the archived state ends; null: before the first frame of the log, whichever it is. */
  #position: WalPosition | null = null;
  #isPinRenewed = false;

  constructor(options: TrackerOptions) {
    const { path, busyTimeoutMs, synchronous } = options;
    this.#options = options;
    this.#connection = openConnection(path, {
      role: 'writer',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs,
      synchronous,
    });
    this.pageSizeBytes = Number(this.#connection.pragma('page_size'));
  }

  get size(): LogSize {
    return walState(this.#connection);
  }

  /** Where the archived state ends. */
  get position(): Position {
    return { log: this.#position, file: null };
  }

  /** Pages of the database, of the newest commit. */
  get databasePages(): number {
    return Number(this.#connection.pragma('page_count'));
  }

  /** Frames of the log that take `bytes`. */
  framesOf(bytes: number): number {
    return Math.ceil(bytes / this.pageSizeBytes);
  }

  /**
   * Takes the first pin, and says whether everything since `last` is in the log: then the next cut has it.
   * Otherwise following begins here.
   */
  begin(still: Standstill, last: Position | undefined): { readonly continues: boolean } {
    const log = WalFile.open(this.#options.path);
    try {
      const pin = this.#take(still);
      this.#pin = pin;
      this.#isPinRenewed = false;
      const { frames, checkpointed } = this.size;
      // A pin that found everything moved does not keep what is in the log already. Looked at after the
      // view was begun: what is not moved now was not moved then.
      const isKept = frames === 0 || checkpointed < frames;
      const from = last && isKept ? continueFrom(last, this.#options.path, log) : undefined;
      this.#position = from === undefined ? endOf(log, frames) : from;
      return { continues: from !== undefined };
    } finally {
      log?.close();
    }
  }

  /** Begins a view of the last commit while nobody commits. */
  #take(still: Standstill): Pin {
    const pin = Pin.take(this.#options.path, this.#options.busyTimeoutMs);
    if (still.isHeld()) return pin;
    pin.release();
    throw standstillOver(this.#options.path);
  }

  /** One more view of the state of the cut that is being made. */
  view(still: Standstill): Pin {
    return this.#take(still);
  }

  /** Whether something was committed since the last cut. */
  hasNews(): boolean {
    const { frames } = this.size;
    const log = WalFile.open(this.#options.path);
    try {
      if (frames === 0) return false;
      if (this.#position === null || frames !== this.#position.frame) return true;
      const header = log?.readHeader();
      return header === undefined || !hasSalts(this.#position, header);
    } finally {
      log?.close();
    }
  }

  /**
   * After all of the log has been moved: a new pin, which lets the next commit begin it anew. Only when
   * nothing was committed since the last cut.
   */
  renew(): void {
    const { frames, checkpointed } = this.size;
    if (this.#isPinRenewed || frames === 0 || checkpointed < frames) return;
    const pin = Pin.take(this.#options.path, this.#options.busyTimeoutMs);
    // Looked at after the view was begun: it is that of the last cut, or an older one than now.
    if (this.hasNews()) pin.release();
    else this.#replacePin(pin, true);
  }

  #replacePin(pin: Pin, isRenewed: boolean): void {
    this.#pin?.release();
    this.#pin = pin;
    this.#isPinRenewed = isRenewed;
  }

  /** Moves what it can from the log into the database file, beside everybody. */
  moveLog(): void {
    checkpoint(this.#connection, 'passive');
  }

  /** The state of now. Its pages are read from the log, which stays as it is until `accept` or `reject`. */
  cut(still: Standstill): Cut {
    const { frames } = this.size;
    const log = WalFile.open(this.#options.path);
    let pin: Pin | undefined;
    try {
      const header = frames === 0 ? undefined : log?.readHeader();
      const taken = this.#take(still);
      pin = taken;
      const atMs = Date.now();
      const done = (accepted: boolean, position: WalPosition | null): void => {
        log?.close();
        if (!accepted) taken.release();
        else {
          this.#position = position;
          this.#replacePin(taken, false);
        }
      };
      return this.#describe({ still, atMs, frames, log, header, done });
    } catch (error) {
      pin?.release();
      log?.close();
      throw error;
    }
  }

  #describe(at: {
    readonly still: Standstill;
    readonly atMs: number;
    readonly frames: number;
    readonly log: WalFile | undefined;
    readonly header: WalHeader | undefined;
    done(accepted: boolean, position: WalPosition | null): void;
  }): Cut {
    const { still, atMs, frames, log, header, done } = at;
    const from = this.#position;
    let delta: WalDelta | undefined;
    // The log is read when it is asked for: after the standstill.
    const read = (): WalDelta | undefined => {
      if (log !== undefined && header !== undefined) delta ??= scan(log, header, from, frames);
      return delta;
    };
    return {
      commit: still.commit,
      atMs,
      get position(): Position {
        return { log: read()?.end ?? null, file: null };
      },
      get databasePages(): number | undefined {
        return read()?.databasePages;
      },
      get pages(): PageSource {
        return sourceOf(log, read());
      },
      accept: () => done(true, read()?.end ?? null),
      reject: () => done(false, null),
    };
  }

  /**
   * The state of now, with its pages in memory, and the log ready to be begun anew. Undefined when more
   * than `STANDSTILL_BYTES_MAX` is new. There is no way back: the pages must be archived, or a new
   * generation be begun. With `settles` it is waited for until the times of the file tell.
   */
  turnOver(still: Standstill, settles = false): Cut | undefined {
    const { frames } = this.size;
    const known = this.#position?.frame ?? 0;
    const log = WalFile.open(this.#options.path);
    try {
      const header = frames === 0 ? undefined : log?.readHeader();
      const isSame = header !== undefined && this.#position && hasSalts(this.#position, header);
      const news = frames - (isSame ? known : 0);
      if (news > this.framesOf(STANDSTILL_BYTES_MAX)) return undefined;
      const pin = this.#take(still);
      const atMs = Date.now();
      const cut = this.#describe({ still, atMs, frames, log, header, done: () => undefined });
      const { databasePages } = cut;
      const pages = inMemory(cut.pages, this.pageSizeBytes);
      const end = cut.position.log;
      // The new pin is at the end, so that nothing is lost without the old one, which would keep the
      // newest part of the log from being moved.
      this.#replacePin(pin, false);
      this.#position = end;
      const file = this.#tryFinishLog(still, settles);
      const nothing = (): void => undefined;
      const position = { log: end, file };
      return {
        commit: still.commit,
        atMs,
        position,
        databasePages,
        pages,
        accept: nothing,
        reject: nothing,
      };
    } finally {
      log?.close();
    }
  }

  /** What fails here is only the moving, which the writer tries as well, and reports. */
  #tryFinishLog(still: Standstill, settles: boolean): FileState | null {
    try {
      return this.#finishLog(still, settles);
    } catch {
      return null;
    }
  }

  /** Moves the rest of the log; the state of the file when all could be moved while nobody committed. */
  #finishLog(still: Standstill, settles: boolean): FileState | null {
    const { path, busyTimeoutMs } = this.#options;
    checkpoint(this.#connection, 'passive');
    const { frames, checkpointed } = this.size;
    if (checkpointed < frames) return null;
    if (settles) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
    const file = fileStateOf(path);
    const pin = Pin.take(path, busyTimeoutMs);
    // Begun after the standstill it could be a view of later commits, and of mark 0: it would not keep
    // them in the log. The pin that is there does.
    if (!still.isHeld()) {
      pin.release();
      return null;
    }
    this.#replacePin(pin, true);
    return file;
  }

  /** Lets go of the log. Where this is the last connection to the volume, SQLite puts all in order. */
  close(): void {
    this.#pin?.release();
    this.#connection.close();
  }

  /** Stops following: the log may grow and shrink as if there were no archive. */
  letGo(): void {
    this.#pin?.release();
    this.#pin = undefined;
    this.#position = null;
  }

  get isFollowing(): boolean {
    return this.#pin !== undefined;
  }
}

/** The end of the log, for a state with nothing before it. */
function endOf(log: WalFile | undefined, frames: number): WalPosition | null {
  const header = frames === 0 ? undefined : log?.readHeader();
  return log === undefined || header === undefined ? null : log.positionAt(header, frames);
}

function scan(
  log: WalFile,
  header: WalHeader,
  from: WalPosition | null,
  frames: number,
): WalDelta | undefined {
  const start = from !== null && hasSalts(from, header) ? from : startOf(header);
  if (start.frame > frames) throw new BugError('the log is shorter than what was archived of it');
  return log.scan(header, start, frames);
}

function sourceOf(log: WalFile | undefined, delta: WalDelta | undefined): PageSource {
  const frames = delta?.frames ?? new Map<number, number>();
  return {
    numbers: [...frames.keys()].sort((left, right) => left - right),
    read: (number, target) => log?.readPage(frames.get(number) as number, target),
  };
}

function inMemory({ numbers, read }: PageSource, pageSizeBytes: number): PageSource {
  const images = new Map<number, Uint8Array>();
  for (const number of numbers) {
    const image = new Uint8Array(pageSizeBytes);
    read(number, image);
    images.set(number, image);
  }
  return { numbers, read: (number, target) => target.set(images.get(number) as Uint8Array) };
}
