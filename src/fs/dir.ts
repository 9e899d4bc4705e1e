/** `Dir`: a directory that is read entry by entry, in memory that does not grow with it. */

import { posix } from 'node:path';
import { EnteredDirectories } from '../core/circles.js';
import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import type { Entry } from '../store/dentry-table.js';
import { dirClosed, dirConcurrentOperation } from './arguments/node-error.js';
import { validateFunction } from './arguments/types.js';
import { type OpenedDirectory, toDirent } from './calls/list.js';
import { placeOf } from './calls/place.js';
import { type ReadStep, readStep } from './calls/step.js';
import type { Dirent } from './dirent.js';
import type { Runner } from './runner.js';

interface Level {
  readonly ino: Ino;
  readonly path: string;
  /** The cursor is a name, so that entries that come and go meanwhile do not disturb it. */
  after: string;
  isEntered: boolean;
}

type Listed = Dirent<string | Buffer>;
type DirCallback = (error: unknown, dirent?: Listed | null) => void;

export class Dir implements AsyncIterable<Listed> {
  readonly #runner: Runner;
  readonly #source: OpenedDirectory;
  readonly #levels: Level[];
  readonly #entered = new EnteredDirectories();
  #buffer: Listed[] = [];
  #closed = false;
  /** Reads and closes that are not done. */
  #pending = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(runner: Runner, source: OpenedDirectory) {
    this.#runner = runner;
    this.#source = source;
    this.#levels = [{ ino: source.ino, path: source.path, after: '', isEntered: false }];
  }

  get path(): string {
    return this.#source.path;
  }

  /** The next entry, null after the last. Throws ERR_DIR_CLOSED at once when closed. */
  read(): Promise<Listed | null>;
  read(callback: DirCallback): void;
  read(callback?: DirCallback): Promise<Listed | null> | undefined {
    this.#checkOpen();
    if (callback === undefined) return this.#next();
    validateFunction(callback, 'callback');
    this.#next().then(
      (dirent) => process.nextTick(callback, null, dirent),
      (error: unknown) => process.nextTick(callback, error),
    );
    return undefined;
  }

  /** The next entry, on the calling thread. */
  readSync(): Listed | null {
    this.#checkOpen();
    this.#checkQuiet();
    while (this.#buffer.length === 0 && this.#levels.length > 0) {
      const level = this.#levels[0] as Level;
      this.#accept(level, this.#runner.readNow(this.#listStep(level)));
    }
    return this.#buffer.shift() ?? null;
  }

  #checkOpen(): void {
    if (this.#closed) throw dirClosed();
  }

  #checkQuiet(): void {
    if (this.#pending > 0) throw dirConcurrentOperation();
  }

  async #next(): Promise<Listed | null> {
    this.#checkOpen();
    return this.#inTurn(() => this.#take());
  }

  /** One after the other, whatever the caller awaits. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#pending -= 1;
    }
  }

  async #take(): Promise<Listed | null> {
    while (this.#buffer.length === 0 && this.#levels.length > 0) {
      const level = this.#levels[0] as Level;
      this.#accept(level, await this.#runner.run(() => this.#listStep(level)));
    }
    return this.#buffer.shift() ?? null;
  }

  #listStep(level: Level): ReadStep<Entry[]> {
    const { ino, path, after } = level;
    const { bufferSize } = this.#source;
    return readStep(placeOf('scandir', path), (store) => {
      if (!level.isEntered) this.#entered.enter(ino);
      level.isEntered = true;
      return store.dentries.list(ino, after, bufferSize);
    });
  }

  #accept(level: Level, entries: readonly Entry[]): void {
    const { bufferSize, recursive, encoding } = this.#source;
    for (const entry of entries) {
      this.#buffer.push(toDirent(entry.name, entry.mode, { path: level.path, encoding }));
      if (recursive && isDirectory(entry.mode)) {
        const path = posix.join(level.path, entry.name);
        this.#levels.push({ ino: entry.ino, path, after: '', isEntered: false });
      }
      level.after = entry.name;
    }
    if (entries.length < bufferSize) this.#levels.shift();
  }

  /** Rejects with ERR_DIR_CLOSED when closed already. */
  close(): Promise<void>;
  close(callback: (error: unknown) => void): void;
  close(callback?: (error: unknown) => void): Promise<void> | undefined {
    if (callback !== undefined) validateFunction(callback, 'callback');
    const closed = this.#close();
    if (callback === undefined) return closed;
    closed.then(
      () => process.nextTick(callback, null),
      (error: unknown) => process.nextTick(callback, error),
    );
    return undefined;
  }

  async #close(): Promise<void> {
    this.#checkOpen();
    this.#closed = true;
    await this.#inTurn(async () => {
      this.#buffer = [];
    });
  }

  closeSync(): void {
    this.#checkOpen();
    this.#checkQuiet();
    this.#closed = true;
    this.#buffer = [];
  }

  async *entries(): AsyncGenerator<Listed, void, undefined> {
    try {
      for (;;) {
        const dirent = await this.#next();
        if (dirent === null) return;
        yield dirent;
      }
    } finally {
      await this.#close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Listed, void, undefined> {
    return this.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.#close();
  }
}
