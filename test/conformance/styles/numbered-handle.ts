/**
 * A descriptor with the methods of a FileHandle, each the function of `node:fs` that takes a number:
 * `handle.stat()` is `fs.fstat(fd, callback)` or `fs.fstatSync(fd)`.
 */
import type { ReadStream, WriteStream } from 'node:fs';
import type { NodeFs } from '../../support/subject.js';
import type { Speak } from './style.js';

type Args = readonly unknown[];

export class NumberedHandle {
  readonly fd: number;
  readonly #face: NodeFs;
  readonly #speak: Speak;
  /** Numbers are used again: what was closed must not be closed a second time by who cleans up. */
  #isOpen = true;

  constructor(fd: number, face: NodeFs, speak: Speak) {
    this.fd = fd;
    this.#face = face;
    this.#speak = speak;
  }

  readonly read = (...args: Args): Promise<unknown> => this.#call('read', args);
  readonly readv = (...args: Args): Promise<unknown> => this.#call('readv', args);
  readonly readFile = (...args: Args): Promise<unknown> => this.#call('readFile', args);
  readonly write = (...args: Args): Promise<unknown> => this.#call('write', args);
  readonly writev = (...args: Args): Promise<unknown> => this.#call('writev', args);
  readonly writeFile = (...args: Args): Promise<unknown> => this.#call('writeFile', args);
  readonly appendFile = (...args: Args): Promise<unknown> => this.#call('appendFile', args);
  readonly truncate = (...args: Args): Promise<unknown> => this.#call('ftruncate', args);
  readonly stat = (...args: Args): Promise<unknown> => this.#call('fstat', args);
  readonly chmod = (...args: Args): Promise<unknown> => this.#call('fchmod', args);
  readonly chown = (...args: Args): Promise<unknown> => this.#call('fchown', args);
  readonly utimes = (...args: Args): Promise<unknown> => this.#call('futimes', args);
  readonly sync = (...args: Args): Promise<unknown> => this.#call('fsync', args);
  readonly datasync = (...args: Args): Promise<unknown> => this.#call('fdatasync', args);

  readonly close = (...args: Args): Promise<unknown> => {
    this.#isOpen = false;
    return this.#call('close', args);
  };

  readonly createReadStream = (options?: unknown): ReadStream => {
    const stream = this.#face.createReadStream('', this.#streamOptions(options));
    stream.once('close', () => this.#streamClosed(options));
    return stream;
  };

  readonly createWriteStream = (options?: unknown): WriteStream => {
    const stream = this.#face.createWriteStream('', this.#streamOptions(options));
    stream.once('close', () => this.#streamClosed(options));
    return stream;
  };

  /** Closes what is still open when a case has ended. */
  async cleanUp(): Promise<void> {
    if (this.#isOpen) await this.close();
  }

  #call(name: string, args: Args): Promise<unknown> {
    return this.#speak(name, [this.fd, ...args]);
  }

  #streamOptions(options: unknown): never {
    if (typeof options === 'string') return { encoding: options, fd: this.fd } as never;
    if (typeof options !== 'object' && options !== undefined) return options as never;
    return { ...options, fd: this.fd } as never;
  }

  #streamClosed(options: unknown): void {
    if ((options as { autoClose?: boolean } | undefined)?.autoClose !== false) this.#isOpen = false;
  }
}
