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
import { throwIfAborted, validateAbortSignal } from './arguments/abort.js';
import { validateBufferArray } from './arguments/buffers.js';
import type { NameEncoding } from './arguments/encoding.js';
import { type DataSource, fileBytes, isDataSource, pieceBytes } from './arguments/file-data.js';
import { fileTooLarge, invalidState, methodNotImplemented } from './arguments/node-error.js';
import { readFileOptions, writeFileOptions } from './arguments/options.js';
import { lenientPosition } from './arguments/position.js';
import { handleReadRequest } from './arguments/read-request.js';
import { validateString } from './arguments/types.js';
import { handleWriteRequest } from './arguments/write-request.js';
import * as calls from './calls/descriptor.js';
import { READ_FILE_BYTES_MAX } from './calls/files.js';
import type { Call, CallEnvironment } from './calls/step.js';
import type { DescriptorTable, OpenFile } from './descriptors.js';
import type { Runner } from './runner.js';
import type { BigIntStats, Stats } from './stats.js';
import { handleStreamFs } from './stream-fs.js';
import { webStream } from './web-stream.js';

export interface FileHandleHost {
  readonly runner: Runner;
  readonly environment: CallEnvironment;
  readonly descriptors: DescriptorTable;
}

export interface ReadResult<B extends ArrayBufferView> {
  readonly bytesRead: number;
  readonly buffer: B;
}

export interface WriteResult<B> {
  readonly bytesWritten: number;
  readonly buffer: B;
}

const CLOSED_FD = -1;
/** Bytes that `readFile` reads at a time. */
const PIECE_BYTES = 512 * 1024;

export class FileHandle extends EventEmitter {
  readonly #host: FileHandleHost;
  readonly #file: OpenFile;
  #fd: number;
  /** Operations under way; closing waits for them. */
  #busy = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(host: FileHandleHost, file: OpenFile) {
    super();
    this.#host = host;
    this.#file = file;
    this.#fd = file.fd;
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

  #run<T>(name: string, make: (file: OpenFile) => Call<T>): Promise<T> {
    return this.#use(name, () => this.#host.runner.run(() => make(this.#file)));
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
      if (request.target.length === 0) return { buffer, bytesRead: 0 };
      const { target, position: at } = request;
      const bytesRead = await this.#host.runner.run(() => calls.read(this.#file, target, at));
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
      const bytesRead = await this.#host.runner.run(() => calls.readv(this.#file, buffers, at));
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
      const bytesWritten = await this.#host.runner.run(() => calls.write(this.#file, bytes, at));
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
      const bytesWritten = await this.#host.runner.run(() => calls.writev(this.#file, buffers, at));
      return { bytesWritten, buffers };
    });
  }

  /** Reads from the current position to the end. */
  readFile(options?: unknown): Promise<Buffer | string> {
    return this.#use('readFile', async () => {
      const { encoding, signal } = readFileOptions(options);
      const data = await this.#readRest(signal);
      return encoding ? data.toString(encoding as BufferEncoding) : data;
    });
  }

  async #readRest(signal: AbortSignal | undefined): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let total = 0;
    for (;;) {
      throwIfAborted(signal);
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      const count = await this.#host.runner.run(() => calls.read(this.#file, piece, null));
      if (count > 0) pieces.push(piece.subarray(0, count));
      total += count;
      if (total > READ_FILE_BYTES_MAX) throw fileTooLarge(total);
      if (count < PIECE_BYTES) return Buffer.concat(pieces, total);
      await this.#host.runner.yieldTurn();
    }
  }

  /** Writes from the current position; a source of pieces is written piece by piece. */
  writeFile(data: unknown, options?: unknown): Promise<undefined> {
    return this.#use('writeFile', async () => {
      const { encoding, signal } = writeFileOptions(options, 'w');
      const bytes = isDataSource(data) ? undefined : fileBytes(data, encoding);
      validateAbortSignal(signal, 'options.signal');
      throwIfAborted(signal);
      if (bytes === undefined) await this.#writePieces(data as DataSource, encoding, signal);
      else if (bytes.length > 0) await this.#writeAll(bytes);
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
    await this.#host.runner.run(() => calls.write(this.#file, bytes, null));
  }

  appendFile(data: unknown, options?: unknown): Promise<undefined> {
    return this.writeFile(data, options);
  }

  stat(options?: unknown): Promise<Stats | BigIntStats> {
    return this.#run('fstat', (file) => calls.fstat(this.#host.environment, file, options));
  }

  truncate(length?: unknown): Promise<undefined> {
    return this.#run('ftruncate', (file) => calls.ftruncate(file, length));
  }

  chmod(mode: unknown): Promise<undefined> {
    return this.#run('fchmod', (file) => calls.fchmod(file, mode));
  }

  chown(uid: unknown, gid: unknown): Promise<undefined> {
    return this.#run('fchown', (file) => calls.fchown(file, uid, gid));
  }

  utimes(atime: unknown, mtime: unknown): Promise<undefined> {
    return this.#run('futimes', (file) => calls.futimes(file, atime, mtime));
  }

  /** Resolves when everything acknowledged so far is on stable storage. */
  sync(): Promise<undefined> {
    return this.#run('fsync', () => calls.fsync('fsync'));
  }

  /** Like `sync`: data and metadata lie in one log. */
  datasync(): Promise<undefined> {
    return this.#run('fdatasync', () => calls.fsync('fdatasync'));
  }

  createReadStream(options?: object): ReadStream {
    return this.#stream(nodeFs.createReadStream as never, options);
  }

  createWriteStream(options?: object): WriteStream {
    return this.#stream(nodeFs.createWriteStream as never, options);
  }

  /** The handle stays open as long as the stream is; closing the handle closes the stream. */
  #stream<S extends ReadStream | WriteStream>(
    create: (path: string, options: object) => S,
    options: object | undefined,
  ): S {
    const given: { readonly fs?: unknown } = { ...options };
    if (given.fs) throw methodNotImplemented('FileHandle with fs');
    const release = this.#hold();
    try {
      const stream = create('', { ...given, fd: this.#fd, fs: handleStreamFs(this, release) });
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
    if (this.#fd === CLOSED_FD) return this.#closing ?? Promise.resolve();
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
    const { descriptors, runner } = this.#host;
    descriptors.remove(this.#fd);
    this.#fd = CLOSED_FD;
    runner.release(this.#file.ino);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isEmpty(data: unknown): boolean {
  return (data as { byteLength?: unknown } | null | undefined)?.byteLength === 0;
}
