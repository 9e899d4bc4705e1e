/**
 * The functions that Node's `ReadStream` and `WriteStream` call, on top of a `FileHandle`. Node passes
 * them a descriptor; here the handle stands for it.
 */
import type { FileHandle } from './file-handle.js';

type Callback = (error: unknown, ...results: unknown[]) => void;

function settle(promise: Promise<unknown[]>, callback: Callback): void {
  promise.then(
    (results) => process.nextTick(callback, null, ...results),
    (error: unknown) => process.nextTick(callback, error),
  );
}

export interface StreamFs {
  open(...args: unknown[]): void;
  close(fd: number, callback: Callback): void;
  read(
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null | undefined,
    callback: Callback,
  ): void;
  write(
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null | undefined,
    callback: Callback,
  ): void;
  writev(
    fd: number,
    buffers: readonly Buffer[],
    position: number | null | undefined,
    callback: Callback,
  ): void;
  fsync(fd: number, callback: Callback): void;
}

/** `release` says that the stream no longer needs the handle. */
export function handleStreamFs(handle: FileHandle, release: () => void): StreamFs {
  return {
    // The descriptor is open already.
    open: () => undefined,
    close: (_fd, callback) => {
      release();
      settle(
        handle.close().then(() => []),
        callback,
      );
    },
    read: (_fd, buffer, offset, length, position, callback) =>
      settle(
        handle.read(buffer, offset, length, position).then((r) => [r.bytesRead, r.buffer]),
        callback,
      ),
    write: (_fd, buffer, offset, length, position, callback) =>
      settle(
        handle.write(buffer, offset, length, position).then((r) => [r.bytesWritten, r.buffer]),
        callback,
      ),
    writev: (_fd, buffers, position, callback) =>
      settle(
        handle.writev(buffers, position).then((r) => [r.bytesWritten, r.buffers]),
        callback,
      ),
    fsync: (_fd, callback) =>
      settle(
        handle.sync().then(() => []),
        callback,
      ),
  };
}
