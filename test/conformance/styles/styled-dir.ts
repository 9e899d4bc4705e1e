/** A Dir that is read and closed in the style it was opened in. */
import type { Dir, Dirent } from 'node:fs';
import { deferred } from '../../support/deferred.js';
import type { Style } from './style.js';

type DirentCallback = (error: Error | null, dirent: Dirent | null) => void;
type CloseCallback = (error?: Error | null) => void;

export class StyledDir {
  readonly #dir: Dir;
  readonly #style: Style;

  constructor(dir: unknown, style: Style) {
    this.#dir = dir as Dir;
    this.#style = style;
  }

  get path(): string {
    return this.#dir.path;
  }

  read(callback?: DirentCallback): unknown {
    if (callback !== undefined) return this.#dir.read(callback as never);
    if (this.#style === 'sync') return Promise.resolve(this.#dir.readSync());
    return settled((done) => this.#dir.read(done as never));
  }

  close(callback?: CloseCallback): unknown {
    if (callback !== undefined) return this.#dir.close(callback as never);
    if (this.#style === 'sync') return Promise.resolve(this.#dir.closeSync());
    return settled((done) => this.#dir.close(done as never));
  }

  readSync(): Dirent | null {
    return this.#dir.readSync();
  }

  closeSync(): void {
    this.#dir.closeSync();
  }

  [Symbol.asyncIterator](): AsyncIterator<Dirent> {
    return this.#dir[Symbol.asyncIterator]();
  }
}

/** What `call` throws is thrown, what it delivers rejects. */
function settled(
  call: (done: (error: unknown, value?: unknown) => void) => void,
): Promise<unknown> {
  const { promise, resolve, reject } = deferred<unknown>();
  call((error, value) => (error ? reject(error) : resolve(value)));
  return promise;
}
