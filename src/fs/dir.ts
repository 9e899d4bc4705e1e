/** `Dir`: a directory that is read entry by entry, in memory that does not grow with it. */

import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import type { Entry } from '../store/dentry-table.js';
import { encodeName, type NameEncoding } from './arguments/encoding.js';
import { dirClosed } from './arguments/node-error.js';
import { validateFunction } from './arguments/types.js';
import { readStep } from './calls/step.js';
import { Dirent } from './dirent.js';
import type { Runner } from './runner.js';

export interface DirSource {
  readonly runner: Runner;
  readonly ino: Ino;
  /** As the caller wrote it. */
  readonly path: string;
  readonly encoding: NameEncoding;
  /** Entries fetched at once. */
  readonly bufferSize: number;
  readonly recursive: boolean;
}

interface Level {
  readonly ino: Ino;
  readonly path: string;
  /** The cursor is a name, so that entries that come and go meanwhile do not disturb it. */
  after: string;
}

type Listed = Dirent<string | Buffer>;
type DirCallback = (error: unknown, dirent?: Listed | null) => void;

export class Dir implements AsyncIterable<Listed> {
  readonly #source: DirSource;
  readonly #levels: Level[];
  #buffer: Listed[] = [];
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(source: DirSource) {
    this.#source = source;
    this.#levels = [{ ino: source.ino, path: source.path, after: '' }];
  }

  get path(): string {
    return this.#source.path;
  }

  /** The next entry, null after the last. */
  read(): Promise<Listed | null>;
  read(callback: DirCallback): void;
  read(callback?: DirCallback): Promise<Listed | null> | undefined {
    if (callback === undefined) return this.#next();
    validateFunction(callback, 'cb');
    this.#next().then(
      (dirent) => callback(null, dirent),
      (error: unknown) => callback(error),
    );
    return undefined;
  }

  /** One after the other, whatever the caller awaits. */
  #next(): Promise<Listed | null> {
    if (this.#closed) return Promise.reject(dirClosed());
    const next = this.#queue.then(() => this.#take());
    this.#queue = next.catch(() => undefined);
    return next;
  }

  async #take(): Promise<Listed | null> {
    while (this.#buffer.length === 0 && this.#levels.length > 0) await this.#fill();
    return this.#buffer.shift() ?? null;
  }

  async #fill(): Promise<void> {
    const { runner, bufferSize, recursive, encoding } = this.#source;
    const level = this.#levels[0] as Level;
    const entries = await runner.run(() =>
      readStep({ syscall: 'scandir', path: level.path }, (store): Entry[] =>
        store.dentries.list(level.ino, level.after, bufferSize),
      ),
    );
    for (const { name, ino, mode } of entries) {
      this.#buffer.push(new Dirent(encodeName(name, encoding), level.path, mode));
      if (recursive && isDirectory(mode)) {
        this.#levels.push({ ino, path: joinPath(level.path, name), after: '' });
      }
      level.after = name;
    }
    if (entries.length < bufferSize) this.#levels.shift();
  }

  /** Rejects with ERR_DIR_CLOSED when closed already. */
  close(): Promise<void>;
  close(callback: (error: unknown) => void): void;
  close(callback?: (error: unknown) => void): Promise<void> | undefined {
    if (callback !== undefined) validateFunction(callback, 'cb');
    const closed = this.#close();
    if (callback === undefined) return closed;
    closed.then(() => callback(null), callback);
    return undefined;
  }

  async #close(): Promise<void> {
    if (this.#closed) throw dirClosed();
    this.#closed = true;
    await this.#queue;
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

function joinPath(base: string, name: string): string {
  return base.endsWith('/') ? base + name : `${base}/${name}`;
}
