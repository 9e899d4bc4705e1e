/**
 * `volume.fs.promises`: the shape of `node:fs/promises`. Each function makes a call and runs it; what
 * takes several pieces (long reads, data that comes as a stream) is put together here.
 */
import { constants } from 'node:fs';
import { throwIfAborted } from './arguments/abort.js';
import { checkDecodable } from './arguments/encoding.js';
import { isDataSource } from './arguments/file-data.js';
import { methodNotImplemented } from './arguments/node-error.js';
import { readFileOptions, writeFileOptions } from './arguments/options.js';
import { cp } from './calls/copy-tree.js';
import * as directories from './calls/directories.js';
import * as files from './calls/files.js';
import * as links from './calls/links.js';
import * as list from './calls/list.js';
import * as metadata from './calls/metadata.js';
import { openFile } from './calls/open-file.js';
import { rm } from './calls/remove.js';
import type { Call, CallEnvironment } from './calls/step.js';
import * as wholeFile from './calls/whole-file.js';
import { Dir } from './dir.js';
import { FileHandle } from './file-handle.js';
import type { FaceFunctions, FaceHost } from './host.js';

/** A call as an asynchronous function. */
function bind(
  { runner, environment }: FaceHost,
  call: (env: CallEnvironment, ...args: never[]) => Call<unknown>,
): (...args: unknown[]) => Promise<unknown> {
  const bound = (...args: unknown[]): Promise<unknown> =>
    runner.run(() => call(environment, ...(args as never[])));
  return Object.defineProperty(bound, 'name', { value: call.name });
}

export function createPromisesApi(host: FaceHost): FaceFunctions {
  return {
    access: bind(host, metadata.access),
    appendFile: (path: unknown, data: unknown, options?: unknown) =>
      writeFile(host, path, data, options, 'a'),
    chmod: bind(host, metadata.chmod),
    chown: bind(host, metadata.chown),
    constants,
    copyFile: bind(host, files.copyFile),
    cp: bind(host, cp),
    lchmod: () => Promise.reject(methodNotImplemented('lchmod()')),
    lchown: bind(host, metadata.lchown),
    link: bind(host, links.link),
    lstat: bind(host, metadata.lstat),
    lutimes: bind(host, metadata.lutimes),
    mkdir: bind(host, directories.mkdir),
    mkdtemp: bind(host, directories.mkdtemp),
    open: (path: unknown, flags?: unknown, mode?: unknown) => open(host, path, flags, mode),
    opendir: (path: unknown, options?: unknown) => opendir(host, path, options),
    readFile: (path: unknown, options?: unknown) => readFile(host, path, options),
    readdir: bind(host, list.readdir),
    readlink: bind(host, links.readlink),
    realpath: bind(host, links.realpath),
    rename: bind(host, links.rename),
    rm: bind(host, rm),
    rmdir: bind(host, directories.rmdir),
    stat: bind(host, metadata.stat),
    statfs: bind(host, metadata.statfs),
    symlink: bind(host, links.symlink),
    truncate: bind(host, files.truncate),
    unlink: bind(host, links.unlink),
    utimes: bind(host, metadata.utimes),
    watch: host.watching.events,
    writeFile: (path: unknown, data: unknown, options?: unknown) =>
      writeFile(host, path, data, options, 'w'),
  };
}

async function open(
  host: FaceHost,
  path: unknown,
  flags?: unknown,
  mode?: unknown,
): Promise<FileHandle> {
  const { runner, environment } = host;
  const { fd } = await runner.run(() => openFile(environment, path, flags, mode));
  return new FileHandle(host, fd);
}

async function readFile(
  host: FaceHost,
  path: unknown,
  options?: unknown,
): Promise<wholeFile.FileContent> {
  if (path instanceof FileHandle) return path.readFile(options);
  const content = await host.runner.run(() => wholeFile.readFile(host.environment, path, options));
  if (content === '') checkDecodable(readFileOptions(options).encoding);
  return content;
}

async function writeFile(
  host: FaceHost,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
): Promise<undefined> {
  if (path instanceof FileHandle) return path.writeFile(data, options);
  if (isDataSource(data)) return writePieces(host, path, data, options, defaultFlag);
  return host.runner.run(() =>
    wholeFile.writeFile(host.environment, path, data, options, defaultFlag),
  );
}

/** Data that comes in pieces is not one change: like Node, what was written before an error stays. */
async function writePieces(
  host: FaceHost,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
): Promise<undefined> {
  const { flag, mode, signal, encoding, flush } = writeFileOptions(options, defaultFlag);
  throwIfAborted(signal);
  const { runner, environment } = host;
  const { fd } = await runner.run(() => openFile(environment, path, flag, mode, options));
  const handle = new FileHandle(host, fd);
  try {
    await handle.writeFile(data, { encoding, signal });
    if (flush) await handle.sync();
    return undefined;
  } finally {
    await handle.close();
  }
}

async function opendir(host: FaceHost, path: unknown, options?: unknown): Promise<Dir> {
  const { runner, environment } = host;
  return new Dir(runner, await runner.run(() => list.opendir(environment, path, options)));
}
