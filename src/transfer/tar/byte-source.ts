/** Bytes of a stream, taken in the amounts that a format asks for. */
import { VolumeError } from '../../core/errors.js';

export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Bytes taken so far. */
  position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const { value, done } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return false;
    }
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    return true;
  }

  /** The next bytes without taking them; fewer at the end. */
  async peek(length: number): Promise<Buffer> {
    while (this.#rest.length < length && (await this.#more()));
    return this.#rest.subarray(0, length);
  }

  /** Some bytes, at least one and at most `most`; empty at the end. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0 && (await this.#more()));
    return this.#take(Math.min(most, this.#rest.length));
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    this.position += length;
    return taken;
  }

  /** Exactly `length` bytes; throws when the stream ends before. */
  async exactly(length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafe(length);
    await this.fill(target);
    return target;
  }

  async fill(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const part = await this.some(target.length - done);
      if (part.length === 0) throw cutOff(this.position);
      target.set(part, done);
      done += part.length;
    }
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) throw cutOff(this.position);
      left -= part.length;
    }
  }

  /** Everything that is left, so that who writes into the other end is not broken off. */
  async drain(): Promise<void> {
    this.#rest = Buffer.alloc(0);
    while (await this.#more()) this.#rest = Buffer.alloc(0);
  }

  /** The rest as a stream for somebody else. */
  async *remaining(): AsyncGenerator<Buffer> {
    for (;;) {
      const part = await this.some(Number.MAX_SAFE_INTEGER);
      if (part.length === 0) return;
      yield part;
    }
  }

  /** Tells the stream that no more is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

export function cutOff(position: number): VolumeError {
  return archiveError(`The archive is cut off after ${position} bytes.`, 'Get a whole copy of it.');
}

export function archiveError(message: string, hint: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_ARCHIVE_INVALID', message, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}
