/** The callback functions of `node:fs` that take paths and no content. */
import { promisify } from 'node:util';
import { validateInteger } from '../arguments/integers.js';
import { parseFileMode } from '../arguments/mode.js';
import { validatePath } from '../arguments/path.js';
import { cp } from '../calls/copy-tree.js';
import { ftruncate } from '../calls/descriptor.js';
import * as directories from '../calls/directories.js';
import * as files from '../calls/files.js';
import * as links from '../calls/links.js';
import * as list from '../calls/list.js';
import * as metadata from '../calls/metadata.js';
import { realpathByName } from '../calls/realpath.js';
import { rm } from '../calls/remove.js';
import type { Call, CallEnvironment } from '../calls/step.js';
import { Dir } from '../dir.js';
import type { FaceFunctions, FaceHost } from '../host.js';
import { answer, answerWith, type Callback, checkCallback, prepare } from './answer.js';

type Make = (env: CallEnvironment, ...args: never[]) => Call<unknown>;

/** Functions whose callback stands behind a fixed number of arguments. */
const FIXED: Readonly<Record<string, readonly [make: Make, count: number]>> = {
  chown: [metadata.chown, 3],
  lchown: [metadata.lchown, 3],
  link: [links.link, 2],
  lutimes: [metadata.lutimes, 3],
  rename: [links.rename, 2],
  unlink: [links.unlink, 1],
  utimes: [metadata.utimes, 3],
};

/** Functions of a path and options, which may be left out. */
const WITH_OPTIONS: Readonly<Record<string, Make>> = {
  lstat: metadata.lstat,
  mkdir: directories.mkdir,
  mkdtemp: directories.mkdtemp,
  readdir: list.checkedReaddir,
  readlink: links.readlink,
  rmdir: directories.rmdirItself,
  stat: metadata.stat,
  statfs: metadata.statfs,
};

export function pathFunctions(host: FaceHost): FaceFunctions {
  const api: FaceFunctions = {};
  for (const [name, [make, count]] of Object.entries(FIXED)) {
    api[name] = named(name, count + 1, fixed(host, make, count));
  }
  for (const [name, make] of Object.entries(WITH_OPTIONS)) {
    api[name] = named(name, 3, withOptions(host, make));
  }
  return { ...api, ...checkedFirst(host), ...twoPaths(host), ...others(host) };
}

function named(name: string, length: number, run: object): unknown {
  return Object.defineProperties(run, { name: { value: name }, length: { value: length } });
}

/** Options of ours may stand where Node has the callback. */
function fixed(host: FaceHost, make: Make, count: number): (...args: unknown[]) => void {
  return (...args) => {
    const end = hasOwnOptions(args, count) ? count + 1 : count;
    const callback = args[end];
    checkCallback(callback);
    answer(host, callback, called(host, make, ...args.slice(0, end)));
  };
}

function hasOwnOptions(args: readonly unknown[], index: number): boolean {
  const options = args[index];
  return typeof options === 'object' && options !== null && typeof args[index + 1] === 'function';
}

function called(host: FaceHost, make: Make, ...args: unknown[]): () => Call<unknown> {
  return () => make(host.environment, ...(args as never[]));
}

function withOptions(host: FaceHost, make: Make) {
  return (path: unknown, options: unknown, callback: unknown): void => {
    const isLeftOut = typeof options === 'function';
    const given = isLeftOut ? options : callback;
    checkCallback(given);
    answer(host, given, called(host, make, path, isLeftOut ? undefined : options));
  };
}

/** Other arguments are looked at before the callback. */
function checkedFirst(host: FaceHost): FaceFunctions {
  return {
    access(path: unknown, mode: unknown, callback: unknown): void {
      const isLeftOut = typeof mode === 'function';
      const given = isLeftOut ? mode : callback;
      validatePath(path);
      checkCallback(given);
      answer(host, given, called(host, metadata.access, path, isLeftOut ? undefined : mode));
    },
    chmod(...args: unknown[]): void {
      validatePath(args[0]);
      parseFileMode(args[1], 'mode');
      fixed(host, metadata.chmod, 2)(...args);
    },
    rm(path: unknown, options: unknown, callback: unknown): void {
      const isLeftOut = typeof options === 'function';
      const given = isLeftOut ? options : callback;
      // Its arguments are looked at before the callback.
      const call = prepare(called(host, rm, path, isLeftOut ? undefined : options));
      checkCallback(given);
      answer(host, given, () => call);
    },
    truncate(...args: unknown[]): void {
      const [path, length] = args;
      const isLeftOut = typeof length === 'function';
      const size = isLeftOut || length === undefined ? 0 : length;
      validateInteger(size, 'len');
      const own = !isLeftOut && hasOwnOptions(args, 2);
      const callback = isLeftOut ? length : args[own ? 3 : 2];
      checkCallback(callback);
      if (typeof path === 'number') {
        answer(host, callback, called(host, ftruncate, path, size));
        return;
      }
      const options = own ? args[2] : undefined;
      answer(host, callback, called(host, files.truncateStep, path, size, options));
    },
  };
}

function twoPaths(host: FaceHost): FaceFunctions {
  return {
    copyFile(src: unknown, dest: unknown, mode: unknown, callback: unknown): void {
      const isLeftOut = typeof mode === 'function';
      const given = isLeftOut ? mode : callback;
      validatePath(src, 'src');
      validatePath(dest, 'dest');
      checkCallback(given);
      answer(host, given, called(host, files.copyFile, src, dest, isLeftOut ? 0 : mode));
    },
    cp(src: unknown, dest: unknown, options: unknown, callback: unknown): void {
      const isLeftOut = typeof options === 'function';
      const given = isLeftOut ? options : callback;
      checkCallback(given);
      const call = called(host, cp, src, dest, isLeftOut ? undefined : options);
      answerWith(host, given, call, () => undefined);
    },
    symlink(...args: unknown[]): void {
      const [target, path, type] = args;
      // The last argument, however many there are.
      const callback = args[args.length - 1];
      checkCallback(callback);
      answer(host, callback, called(host, links.symlink, target, path, type));
    },
  };
}

function others(host: FaceHost): FaceFunctions {
  const native = (path: unknown, options: unknown, callback: unknown): void => {
    const given = callback || options;
    checkCallback(given);
    answer(host, given, called(host, links.realpath, path, options));
  };
  return {
    exists: exists(host),
    opendir(path: unknown, options: unknown, callback: unknown): void {
      const given = typeof options === 'function' ? options : callback;
      checkCallback(given, 'callback');
      const make = () => list.opendir(host.environment, path, options);
      answerWith(host, given, make, (source) => new Dir(host.runner, source));
    },
    realpath: Object.assign(
      function realpath(path: unknown, options: unknown, callback: unknown): void {
        const given = typeof options === 'function' ? options : callback;
        checkCallback(given);
        answer(host, given, called(host, realpathByName, path, options));
      },
      { native },
    ),
  };
}

/** The one callback without an error: whatever goes wrong means no. */
function exists(host: FaceHost): object {
  const ask = (path: unknown, callback: unknown): void => {
    checkCallback(callback);
    const reply: Callback = (error, found) => callback(error === null && found);
    try {
      answer(host, reply, () => metadata.exists(path));
    } catch {
      process.nextTick(callback, false);
    }
  };
  return Object.defineProperties(ask, {
    name: { value: 'exists' },
    [promisify.custom]: {
      value: (path: unknown) => new Promise((resolve) => ask(path, resolve)),
    },
  });
}
