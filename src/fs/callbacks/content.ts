/** The callback functions of `node:fs` for content and descriptors. */
import { promisify } from 'node:util';
import { validateBufferArray } from '../arguments/buffers.js';
import { stringToFlags } from '../arguments/flags.js';
import { isFd, truncateLength, validatedFd, validateOwnerId } from '../arguments/integers.js';
import { parseFileMode } from '../arguments/mode.js';
import { readFileOptions } from '../arguments/options.js';
import { validatePath } from '../arguments/path.js';
import { lenientPosition } from '../arguments/position.js';
import { callbackReadRequest } from '../arguments/read-request.js';
import { toUnixTimestamp } from '../arguments/times.js';
import { callbackWriteRequest } from '../arguments/write-request.js';
import * as descriptor from '../calls/descriptor.js';
import { openFile } from '../calls/open-file.js';
import * as wholeFile from '../calls/whole-file.js';
import type { FaceFunctions, FaceHost } from '../host.js';
import { answer, answerCount, answerWith, checkCallback } from './answer.js';

export function contentFunctions(host: FaceHost): FaceFunctions {
  return { ...wholeFiles(host), ...descriptors(host), ...attributes(host), ...pieces(host) };
}

function wholeFiles(host: FaceHost): FaceFunctions {
  const env = host.environment;
  const write = (
    path: unknown,
    data: unknown,
    options: unknown,
    callback: unknown,
    flag: 'w' | 'a',
  ): void => {
    const given = callback || options;
    checkCallback(given);
    answer(host, given, () =>
      isFd(path)
        ? wholeFile.writeDescriptor(env, path, data, options, flag, true, true)
        : wholeFile.writeFile(env, path, data, options, flag),
    );
  };
  return {
    appendFile(path: unknown, data: unknown, options: unknown, callback: unknown): void {
      write(path, data, options, callback, 'a');
    },
    readFile(path: unknown, options: unknown, callback: unknown): void {
      const given = callback || options;
      checkCallback(given);
      if (isFd(path)) {
        answer(host, given, () => wholeFile.readDescriptor(env, path, options));
        return;
      }
      // A number out of range is named after the option here, and the path is looked at later.
      stringToFlags(readFileOptions(options).flag, 'options.flag');
      answer(host, given, () => wholeFile.readFile(env, path, options));
    },
    writeFile(path: unknown, data: unknown, options: unknown, callback: unknown): void {
      write(path, data, options, callback, 'w');
    },
  };
}

function descriptors(host: FaceHost): FaceFunctions {
  const env = host.environment;
  return {
    close(fd: unknown, callback: unknown = throwIfAny): void {
      checkCallback(callback);
      answer(host, callback, () => descriptor.close(env, fd));
    },
    fdatasync(fd: unknown, callback: unknown): void {
      checkCallback(callback);
      answer(host, callback, () => descriptor.fdatasync(env, fd));
    },
    fstat(fd: unknown, options: unknown, callback: unknown): void {
      const isLeftOut = typeof options === 'function';
      const given = isLeftOut ? options : callback;
      checkCallback(given);
      answer(host, given, () => descriptor.fstat(env, fd, isLeftOut ? undefined : options));
    },
    fsync(fd: unknown, callback: unknown): void {
      checkCallback(callback);
      answer(host, callback, () => descriptor.fsync(env, fd));
    },
    open(...args: unknown[]): void {
      const [path, second, third, fourth] = args;
      validatePath(path);
      const { flags, mode, callback } = openArguments(args.length, second, third, fourth);
      const bits = parseFileMode(mode, 'mode', 0o666);
      stringToFlags(flags);
      checkCallback(callback);
      answerWith(
        host,
        callback,
        () => openFile(env, path, flags, bits),
        ({ fd }) => fd,
      );
    },
  };
}

/** Without a callback an error is thrown where nobody catches it, as in Node. */
function throwIfAny(error: unknown): void {
  if (error !== null && error !== undefined) throw error;
}

function openArguments(count: number, second: unknown, third: unknown, fourth: unknown) {
  if (count < 3) return { flags: 'r', mode: undefined, callback: second };
  if (typeof third === 'function') return { flags: second, mode: undefined, callback: third };
  return { flags: second, mode: third, callback: fourth };
}

/** Every other argument, then the callback, then the descriptor. */
function attributes(host: FaceHost): FaceFunctions {
  const env = host.environment;
  return {
    fchmod(fd: unknown, mode: unknown, callback: unknown): void {
      parseFileMode(mode, 'mode');
      checkCallback(callback);
      answer(host, callback, () => descriptor.fchmod(env, fd, mode));
    },
    fchown(fd: unknown, uid: unknown, gid: unknown, callback: unknown): void {
      validateOwnerId(uid, 'uid');
      validateOwnerId(gid, 'gid');
      checkCallback(callback);
      answer(host, callback, () => descriptor.fchown(env, fd, uid, gid));
    },
    ftruncate(fd: unknown, length: unknown, callback: unknown): void {
      const isLeftOut = typeof length === 'function';
      const given = isLeftOut ? length : callback;
      const size = truncateLength(isLeftOut || length === undefined ? 0 : length);
      checkCallback(given);
      answer(host, given, () => descriptor.ftruncate(env, fd, size));
    },
    futimes(fd: unknown, atime: unknown, mtime: unknown, callback: unknown): void {
      const accessed = toUnixTimestamp(atime, 'atime');
      const modified = toUnixTimestamp(mtime, 'mtime');
      checkCallback(callback);
      answer(host, callback, () => descriptor.setTimes(env, fd, accessed, modified));
    },
  };
}

function pieces(host: FaceHost): FaceFunctions {
  const env = host.environment;
  return {
    read: countPromise('bytesRead', 'buffer', function read(...args: unknown[]): void {
      const fd = validatedFd(args[0]);
      const { buffer, target, position, callback } = callbackReadRequest(args);
      answerCount(host, callback, () => descriptor.read(env, fd, target, position), buffer);
    }),
    readv: countPromise(
      'bytesRead',
      'buffers',
      function readv(fd: unknown, buffers: unknown, position: unknown, callback: unknown): void {
        const vector = vectorRequest(fd, buffers, position, callback);
        const make = () => descriptor.readv(env, vector.fd, vector.buffers, vector.position);
        answerCount(host, vector.callback, make, buffers);
      },
    ),
    write: countPromise('bytesWritten', 'buffer', function write(...args: unknown[]): void {
      const fd = validatedFd(args[0]);
      const { buffer, bytes, position, callback } = callbackWriteRequest(args);
      answerCount(host, callback, () => descriptor.write(env, fd, bytes, position), buffer);
    }),
    writev: countPromise(
      'bytesWritten',
      'buffer',
      function writev(fd: unknown, buffers: unknown, position: unknown, callback: unknown): void {
        const vector = vectorRequest(fd, buffers, position, callback);
        if (vector.buffers.length === 0) {
          process.nextTick(vector.callback, null, 0, buffers);
          return;
        }
        const make = () => descriptor.writev(env, vector.fd, vector.buffers, vector.position);
        answerCount(host, vector.callback, make, buffers);
      },
    ),
  };
}

/** Arguments of `readv` and `writev`, in the order in which Node looks at them. */
function vectorRequest(fd: unknown, buffers: unknown, position: unknown, callback: unknown) {
  const number = validatedFd(fd);
  validateBufferArray(buffers);
  const given = callback || position;
  checkCallback(given);
  return { fd: number, buffers, position: lenientPosition(position), callback: given };
}

/** `util.promisify` gives an object of both results, with the names that Node gives them. */
function countPromise<F extends (...args: never[]) => void>(
  count: string,
  buffer: string,
  run: F,
): F {
  const promised = (...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      // Without a name, since messages about a missing argument show it.
      const all = args.concat([
        (error: unknown, done: number, data: unknown) => {
          if (error) reject(error);
          else resolve({ [count]: done, [buffer]: data });
        },
      ]);
      run(...(all as never[]));
    });
  return Object.defineProperty(run, promisify.custom, { value: promised });
}
