/**
 * The synchronous functions of `node:fs`. Each makes the call that the other styles make and runs it on
 * this thread: a read directly on the reader's connection, a write through the writer's queue, where
 * what was asked for before goes first. Nothing here needs the event loop to turn.
 */
import { isPromise } from 'node:util/types';
import { validateBufferArray } from './arguments/buffers.js';
import { type CpFilter, validateCpOptions } from './arguments/cp-options.js';
import { isFd, validatedFd } from './arguments/integers.js';
import { promiseReturned } from './arguments/node-error.js';
import { lenientPosition } from './arguments/position.js';
import { syncReadRequest } from './arguments/read-request.js';
import { syncWriteRequest } from './arguments/write-request.js';
import { copyTreeNow } from './calls/copy-tree.js';
import * as descriptor from './calls/descriptor.js';
import * as directories from './calls/directories.js';
import * as files from './calls/files.js';
import * as links from './calls/links.js';
import * as list from './calls/list.js';
import * as metadata from './calls/metadata.js';
import { openFile } from './calls/open-file.js';
import { realpathByName } from './calls/realpath.js';
import { rmNow } from './calls/remove.js';
import type { Call, CallEnvironment } from './calls/step.js';
import * as wholeFile from './calls/whole-file.js';
import { Dir } from './dir.js';
import type { FaceFunctions, FaceHost } from './host.js';

/** Functions whose arguments are those of their call. */
const PLAIN = {
  accessSync: metadata.access,
  chmodSync: metadata.chmod,
  chownSync: metadata.chown,
  closeSync: descriptor.close,
  copyFileSync: files.copyFile,
  fchmodSync: descriptor.fchmod,
  fchownSync: descriptor.fchown,
  fdatasyncSync: descriptor.fdatasync,
  fstatSync: descriptor.fstat,
  fsyncSync: descriptor.fsync,
  ftruncateSync: descriptor.ftruncate,
  futimesSync: descriptor.futimes,
  lchownSync: metadata.lchown,
  linkSync: links.link,
  lutimesSync: metadata.lutimes,
  mkdirSync: directories.mkdirNow,
  mkdtempSync: directories.mkdtemp,
  readdirSync: list.checkedReaddir,
  readlinkSync: links.readlink,
  renameSync: links.rename,
  rmSync: rmNow,
  rmdirSync: directories.rmdirItself,
  statfsSync: metadata.statfs,
  symlinkSync: links.symlink,
  unlinkSync: links.unlink,
  utimesSync: metadata.utimes,
} as const;

export function createSyncApi(host: FaceHost): FaceFunctions {
  return { ...plainFunctions(host), ...pathFunctions(host), ...contentFunctions(host) };
}

function plainFunctions({ runner, environment }: FaceHost): FaceFunctions {
  const bound: FaceFunctions = {};
  for (const [name, call] of Object.entries(PLAIN)) {
    const make = call as (env: CallEnvironment, ...args: unknown[]) => Call<unknown>;
    // Four arguments are the most that any takes; a rest parameter would cost an array per call.
    const run = (a: unknown, b: unknown, c: unknown, d: unknown): unknown =>
      runner.now(make(environment, a, b, c, d));
    bound[name] = Object.defineProperty(run, 'name', { value: name });
  }
  return bound;
}

function pathFunctions(host: FaceHost): FaceFunctions {
  const { runner, environment: env } = host;
  const native = (path: unknown, options?: unknown): unknown =>
    runner.readNow(links.realpath(env, path, options));
  return {
    cpSync(src: unknown, dest: unknown, options?: unknown): undefined {
      const given = validateCpOptions(options);
      const filter = given.filter && refusePromises(given.filter);
      return runner.now(copyTreeNow(env, src, dest, { ...given, filter }));
    },
    /** False for whatever is no path, as in Node. */
    existsSync(path: unknown): boolean {
      let step: ReturnType<typeof metadata.exists>;
      try {
        step = metadata.exists(path);
      } catch {
        return false;
      }
      return runner.readNow(step);
    },
    lstatSync(path: unknown, options?: unknown): unknown {
      if (missingIsFine(options)) {
        return runner.readNow(metadata.statIfAny(env, 'lstat', path, options));
      }
      return runner.readNow(metadata.lstat(env, path, options));
    },
    opendirSync(path: unknown, options?: unknown): Dir {
      return new Dir(runner, runner.readNow(list.opendirNow(env, path, options)));
    },
    openSync(path: unknown, flags?: unknown, mode?: unknown): number {
      return runner.now(openFile(env, path, flags, mode)).fd;
    },
    realpathSync: Object.assign(
      function realpathSync(path: unknown, options?: unknown): unknown {
        return runner.readNow(realpathByName(env, path, options));
      },
      { native },
    ),
    statSync(path: unknown, options?: unknown): unknown {
      if (missingIsFine(options)) {
        return runner.readNow(metadata.statIfAny(env, 'stat', path, options));
      }
      return runner.readNow(metadata.stat(env, path, options));
    },
    truncateSync(path: unknown, length?: unknown): undefined {
      if (typeof path === 'number') {
        return runner.now(descriptor.ftruncate(env, path, length as number | undefined));
      }
      return runner.now(files.truncate(env, path, length));
    },
  };
}

function missingIsFine(options: unknown): boolean {
  return (options as { throwIfNoEntry?: unknown } | null | undefined)?.throwIfNoEntry === false;
}

/** A filter that cannot be waited for must not ask for it. */
function refusePromises(filter: CpFilter): CpFilter {
  return (src, dest) => {
    const answer = filter(src, dest);
    if (isPromise(answer)) throw promiseReturned('boolean', 'filter');
    return answer;
  };
}

function contentFunctions({ runner, environment: env }: FaceHost): FaceFunctions {
  const write = (path: unknown, data: unknown, options: unknown, flag: 'w' | 'a'): undefined =>
    runner.now(
      isFd(path)
        ? wholeFile.writeDescriptor(env, path, data, options, flag, false)
        : wholeFile.writeFile(env, path, data, options, flag, false),
    );
  return {
    appendFileSync(path: unknown, data: unknown, options?: unknown): undefined {
      return write(path, data, options, 'a');
    },
    readFileSync(path: unknown, options?: unknown): wholeFile.FileContent {
      if (isFd(path)) {
        wholeFile.checkFlagOfText(options);
        return runner.now(wholeFile.readDescriptor(env, path, options, false));
      }
      return runner.now(wholeFile.readFileNow(env, path, options));
    },
    readSync(fd: unknown, ...args: unknown[]): number {
      const number = validatedFd(fd);
      const { target, position } = syncReadRequest(args);
      return runner.now(descriptor.read(env, number, target, position));
    },
    readvSync(fd: unknown, buffers: unknown, position?: unknown): number {
      const number = validatedFd(fd);
      validateBufferArray(buffers);
      return runner.now(descriptor.readv(env, number, buffers, lenientPosition(position)));
    },
    writeFileSync(path: unknown, data: unknown, options?: unknown): undefined {
      return write(path, data, options, 'w');
    },
    writeSync(
      fd: unknown,
      data: unknown,
      offsetOrOptions?: unknown,
      length?: unknown,
      position?: unknown,
    ): number {
      const number = validatedFd(fd);
      const request = syncWriteRequest(data, offsetOrOptions, length, position);
      return runner.now(descriptor.write(env, number, request.bytes, request.position));
    },
    writevSync(fd: unknown, buffers: unknown, position?: unknown): number {
      const number = validatedFd(fd);
      validateBufferArray(buffers);
      if (buffers.length === 0) return 0;
      return runner.now(descriptor.writev(env, number, buffers, lenientPosition(position)));
    },
  };
}
