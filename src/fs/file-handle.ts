/**
 * `FileHandle`: an open file of the promises API, with Node's methods.
 *
 * Streams are Node's own: they take the functions that touch files as an option, so their buffering,
 * events and back-pressure are exactly those that programs expect.
 */
import { EventEmitter } from 'node:events';
import nodeFs, { type ReadStream, type WriteStream } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { ReadableStream } from 'node:stream/web';
import { throwIfAborted } from './arguments/abort.js';
import { validateBufferArray } from './arguments/buffers.js';
import { checkDecodable, type NameEncoding } from './arguments/encoding.js';
import { type DataSource, isDataSource, pieceBytes } from './arguments/file-data.js';
import { invalidState, methodNotImplemented } from './arguments/node-error.js';
import { readFileOptions, writeFileOptions } from './arguments/options.js';
import { lenientPosition } from './arguments/position.js';
import { handleReadRequest } from './arguments/read-request.js';
import { validateString } from './arguments/types.js';
import { handleWriteRequest } from './arguments/write-request.js';
import * as calls from './calls/descriptor.js';
import type { Call, CallEnvironment } from './calls/step.js';
import { type FileContent, readDescriptor, writeDescriptor } from './calls/whole-file.js';
import type { FaceHost } from './host.js';
import type { BigIntStats, Stats } from './stats.js';
import { handleStreamFs, type StreamFs } from './stream-fs.js';
import { webStream } from './web-stream.js';

export interface ReadResult<B extends ArrayBufferView> {
  readonly bytesRead: number;
  readonly buffer: B;
}

export interface WriteResult<B> {
  readonly bytesWritten: number;
  readonly buffer: B;
}

const CLOSED_FD = -1;

export class FileHandle extends EventEmitter {
  readonly #host: FaceHost;
  #fd: number;
  /** Operations under way; closing waits for them. */
  #busy = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** `fd` is a descriptor of the volume, which the handle closes. */
  constructor(host: FaceHost, fd: number) {
    super();
    this.#host = host;
    this.#fd = fd;
  }

  /** Number of the descriptor in this volume; -1 after closing. */
  get fd(): number {
    return this.#fd;
  }

  async #use<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#fd === CLOSED_FD) {
      throw Object.assign(new Error('file closed'), { code: 'EBADF', syscall: name });
    }
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#done();
    }
  }

  #run<T>(name: string, make: (env: CallEnvironment, fd: number) => Call<T>): Promise<T> {
    return this.#use(name, () => this.#call(make));
  }

  #call<T>(make: (env: CallEnvironment, fd: number) => Call<T>): Promise<T> {
    const { runner, environment } = this.#host;
    return runner.run(() => make(environment, this.#fd));
  }

  read<B extends ArrayBufferView = Buffer>(
    bufferOrOptions?: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<ReadResult<B>> {
    return this.#use('read', async () => {
      const request = handleReadRequest(bufferOrOptions, offsetOrOptions, length, position);
      const buffer = request.buffer as B;
      const { target, position: at } = request;
      const bytesRead = await this.#call((env, fd) => calls.read(env, fd, target, at));
      return { buffer, bytesRead };
    });
  }

  readv<B extends readonly ArrayBufferView[]>(
    buffers: B,
    position?: unknown,
  ): Promise<{ bytesRead: number; buffers: B }> {
    return this.#use('readv', async () => {
      validateBufferArray(buffers);
      const at = lenientPosition(position);
      const bytesRead = await this.#call((env, fd) => calls.readv(env, fd, buffers, at));
      return { bytesRead, buffers };
    });
  }

  write<B extends ArrayBufferView | string>(
    data: B,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<WriteResult<B>> {
    return this.#use('write', async () => {
      // Before any check, of the handle as well.
      if (isEmpty(data)) return { bytesWritten: 0, buffer: data };
      const { bytes, position: at } = handleWriteRequest(data, offsetOrOptions, length, position);
      const bytesWritten = await this.#call((env, fd) => calls.write(env, fd, bytes, at));
      return { bytesWritten, buffer: data };
    });
  }

  writev<B extends readonly ArrayBufferView[]>(
    buffers: B,
    position?: unknown,
  ): Promise<{ bytesWritten: number; buffers: B }> {
    return this.#use('writev', async () => {
      validateBufferArray(buffers);
      if (buffers.length === 0) return { bytesWritten: 0, buffers };
      const at = lenientPosition(position);
      const bytesWritten = await this.#call((env, fd) => calls.writev(env, fd, buffers, at));
      return { bytesWritten, buffers };
    });
  }

  /** Reads from the current position to the end. */
  readFile(options?: unknown): Promise<FileContent> {
    return this.#run('readFile', (env, fd) => {
      const { signal, encoding } = readFileOptions(options);
      throwIfAborted(signal);
      checkDecodable(encoding);
      return readDescriptor(env, fd, options);
    });
  }

  /** Writes from the current position; a source of pieces is written piece by piece. */
  writeFile(data: unknown, options?: unknown): Promise<undefined> {
    if (!isDataSource(data)) {
      return this.#run('writeFile', (env, fd) => writeDescriptor(env, fd, data, options, 'w'));
    }
    return this.#use('writeFile', async () => {
      const { encoding, signal } = writeFileOptions(options, 'w');
      throwIfAborted(signal);
      await this.#writePieces(data, encoding, signal);
      return undefined;
    });
  }

  async #writePieces(
    source: DataSource,
    encoding: NameEncoding,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for await (const piece of source as AsyncIterable<unknown>) {
      throwIfAborted(signal);
      const bytes = pieceBytes(piece, encoding);
      if (bytes.length > 0) await this.#writeAll(bytes);
      throwIfAborted(signal);
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    await this.#call((env, fd) => calls.write(env, fd, bytes, null));
  }

  appendFile(data: unknown, options?: unknown): Promise<undefined> {
    return this.writeFile(data, options);
  }

  stat(options?: unknown): Promise<Stats | BigIntStats> {
    return this.#run('fstat', (env, fd) => calls.fstat(env, fd, options));
  }

  truncate(length?: unknown): Promise<undefined> {
    return this.#run('ftruncate', (env, fd) => calls.ftruncate(env, fd, length));
  }

  chmod(mode: unknown): Promise<undefined> {
    return this.#run('fchmod', (env, fd) => calls.fchmod(env, fd, mode));
  }

  chown(uid: unknown, gid: unknown): Promise<undefined> {
    return this.#run('fchown', (env, fd) => calls.fchown(env, fd, uid, gid));
  }

  utimes(atime: unknown, mtime: unknown): Promise<undefined> {
    return this.#run('futimes', (env, fd) => calls.futimes(env, fd, atime, mtime));
  }

  /** Resolves when everything acknowledged so far is on stable storage. */
  sync(): Promise<undefined> {
    return this.#run('fsync', (env, fd) => calls.fsync(env, fd));
  }

  /** Like `sync`: data and metadata lie in one log. */
  datasync(): Promise<undefined> {
    return this.#run('fdatasync', (env, fd) => calls.fdatasync(env, fd));
  }

  createReadStream(options?: object): ReadStream {
    return this.#stream(nodeFs.createReadStream as never, options);
  }

  createWriteStream(options?: object): WriteStream {
    return this.#stream(nodeFs.createWriteStream as never, options);
  }

  #stream<S extends ReadStream | WriteStream>(
    create: (path: string, options: object) => S,
    options: object | undefined,
  ): S {
    const given: { readonly fs?: unknown } = { ...options };
    if (given.fs) throw methodNotImplemented('FileHandle with fs');
    return this.lend((fd, fs) => create('', { ...given, fd, fs }));
  }

  /**
   * Lends the descriptor to a stream, made by `create` with the functions that it is to use. The handle
   * stays open as long as the stream is; closing the handle closes the stream.
   */
  lend<S extends ReadStream | WriteStream>(create: (fd: number, fs: StreamFs) => S): S {
    const release = this.#hold();
    try {
      const stream = create(this.#fd, handleStreamFs(this, release));
      this.on('close', () => stream.close());
      return stream;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Keeps the file open until the returned function is called. */
  #hold(): () => void {
    this.#busy += 1;
    let held = true;
    return () => {
      if (held) this.#done();
      held = false;
    };
  }

  #done(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#whenIdle?.();
  }

  readLines(options?: object): Interface {
    return createInterface({
      input: this.createReadStream(options),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
  }

  #streaming = false;

  /** The file as a web stream, once; with the type `bytes` one that fills the reader's buffers. */
  readableWebStream(options: { readonly type?: unknown } = {}): ReadableStream<Uint8Array> {
    if (this.#fd === CLOSED_FD) throw invalidState('The FileHandle is closed');
    if (this.#closing !== undefined) throw invalidState('The FileHandle is closing');
    if (this.#streaming) throw invalidState('The FileHandle is locked');
    this.#streaming = true;
    if (options.type !== undefined) validateString(options.type, 'options.type');
    return webStream(this, options.type === 'bytes', this.#hold());
  }

  /**
   * Waits for what is under way, then gives the descriptor back. Closing twice is no error. A property,
   * as in Node, so that it may be passed on without its handle.
   */
  readonly close = (): Promise<void> => {
    if (this.#fd === CLOSED_FD) return Promise.resolve();
    if (this.#closing === undefined) {
      this.#closing = this.#closeWhenIdle();
      this.emit('close');
    }
    return this.#closing;
  };

  async #closeWhenIdle(): Promise<void> {
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    const fd = this.#fd;
    this.#fd = CLOSED_FD;
    // EBADF when the descriptor was closed by its number meanwhile.
    await this.#host.runner.run(() => calls.close(this.#host.environment, fd));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isEmpty(data: unknown): boolean {
  return (data as { byteLength?: unknown } | null | undefined)?.byteLength === 0;
}
