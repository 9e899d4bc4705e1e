/**
 * `volume.fs.promises`: the shape of `node:fs/promises`. Each function makes a call and runs it; what
 * takes several pieces (long reads, data that comes as a stream) is put together here.
 */
import { constants } from 'node:fs';
import { FsError } from '../core/errors.js';
import { opensForChange } from '../core/flags.js';
import { openExisting } from '../ops/open.js';
import { throwIfAborted, validateAbortSignal } from './arguments/abort.js';
import { isDataSource } from './arguments/file-data.js';
import { methodNotImplemented } from './arguments/node-error.js';
import { opendirOptions, writeFileOptions } from './arguments/options.js';
import { pathText, validatePath } from './arguments/path.js';
import * as directories from './calls/directories.js';
import * as files from './calls/files.js';
import * as links from './calls/links.js';
import * as list from './calls/list.js';
import * as metadata from './calls/metadata.js';
import { placeOf } from './calls/place.js';
import { rm } from './calls/remove.js';
import { type Call, type CallEnvironment, readStep } from './calls/step.js';
import { copyTree } from './copy-tree.js';
import { Dir } from './dir.js';
import { FileHandle, type FileHandleHost } from './file-handle.js';

/** Files up to this are read in one go; longer ones in pieces, with the event loop turning between. */
const READ_WHOLE_BYTES_MAX = 1024 * 1024;

type Bind<F> = F extends (env: CallEnvironment, ...args: infer A) => Call<infer T>
  ? (...args: A) => Promise<T>
  : never;

/** A call as an asynchronous function. */
function bind<A extends unknown[], T>(
  host: FileHandleHost,
  call: (env: CallEnvironment, ...args: A) => Call<T>,
): (...args: A) => Promise<T> {
  const { runner, environment } = host;
  const bound = (...args: A): Promise<T> => runner.run(() => call(environment, ...args));
  Object.defineProperty(bound, 'name', { value: call.name });
  return bound;
}

export interface PromisesApi {
  readonly access: Bind<typeof metadata.access>;
  readonly appendFile: (path: unknown, data: unknown, options?: unknown) => Promise<undefined>;
  readonly chmod: Bind<typeof metadata.chmod>;
  readonly chown: Bind<typeof metadata.chown>;
  readonly constants: typeof constants;
  readonly copyFile: Bind<typeof files.copyFile>;
  readonly cp: (src: unknown, dest: unknown, options?: unknown) => Promise<undefined>;
  readonly lchmod: (path: unknown, mode: unknown) => Promise<never>;
  readonly lchown: Bind<typeof metadata.lchown>;
  readonly link: Bind<typeof links.link>;
  readonly lstat: Bind<typeof metadata.lstat>;
  readonly lutimes: Bind<typeof metadata.lutimes>;
  readonly mkdir: Bind<typeof directories.mkdir>;
  readonly mkdtemp: Bind<typeof directories.mkdtemp>;
  readonly open: (path: unknown, flags?: unknown, mode?: unknown) => Promise<FileHandle>;
  readonly opendir: (path: unknown, options?: unknown) => Promise<Dir>;
  readonly readFile: (path: unknown, options?: unknown) => Promise<Buffer | string>;
  readonly readdir: Bind<typeof list.readdir>;
  readonly readlink: Bind<typeof links.readlink>;
  readonly realpath: Bind<typeof links.realpath>;
  readonly rename: Bind<typeof links.rename>;
  readonly rm: Bind<typeof rm>;
  readonly rmdir: Bind<typeof directories.rmdir>;
  readonly stat: Bind<typeof metadata.stat>;
  readonly statfs: Bind<typeof metadata.statfs>;
  readonly symlink: Bind<typeof links.symlink>;
  readonly truncate: (path: unknown, length?: unknown, options?: unknown) => Promise<undefined>;
  readonly unlink: Bind<typeof links.unlink>;
  readonly utimes: Bind<typeof metadata.utimes>;
  readonly writeFile: (path: unknown, data: unknown, options?: unknown) => Promise<undefined>;
}

export function createPromisesApi(host: FileHandleHost): PromisesApi {
  return {
    access: bind(host, metadata.access),
    appendFile: (path, data, options) => writeFile(host, path, data, options, 'a'),
    chmod: bind(host, metadata.chmod),
    chown: bind(host, metadata.chown),
    constants,
    copyFile: bind(host, files.copyFile),
    cp: (src, dest, options) => copyTree(host, src, dest, options),
    lchmod: () => Promise.reject(methodNotImplemented('lchmod()')),
    lchown: bind(host, metadata.lchown),
    link: bind(host, links.link),
    lstat: bind(host, metadata.lstat),
    lutimes: bind(host, metadata.lutimes),
    mkdir: bind(host, directories.mkdir),
    mkdtemp: bind(host, directories.mkdtemp),
    open: (path, flags, mode) => open(host, path, flags, mode),
    opendir: (path, options) => opendir(host, path, options),
    readFile: (path, options) => readFile(host, path, options),
    readdir: bind(host, list.readdir),
    readlink: bind(host, links.readlink),
    realpath: bind(host, links.realpath),
    rename: bind(host, links.rename),
    rm: bind(host, rm),
    rmdir: bind(host, directories.rmdir),
    stat: bind(host, metadata.stat),
    statfs: bind(host, metadata.statfs),
    symlink: bind(host, links.symlink),
    truncate: (path, length, options) => truncate(host, path, length, options),
    unlink: bind(host, links.unlink),
    utimes: bind(host, metadata.utimes),
    writeFile: (path, data, options) => writeFile(host, path, data, options, 'w'),
  };
}

async function open(
  host: FileHandleHost,
  path: unknown,
  flags?: unknown,
  mode?: unknown,
  options?: unknown,
): Promise<FileHandle> {
  const { runner, environment, descriptors } = host;
  const call = files.open(environment, path, flags, mode, options);
  if (!descriptors.promise()) throw new FsError('EMFILE', placeOf('open', validatePath(path)));
  let opened: files.OpenedFile;
  try {
    opened = await runner.run(() => call);
  } catch (error) {
    descriptors.giveBack();
    throw error;
  }
  return new FileHandle(host, descriptors.add(opened));
}

/** Runs `work` with a handle on `path` and closes it, whatever happens. */
async function withHandle<T>(
  host: FileHandleHost,
  path: unknown,
  flags: unknown,
  mode: unknown,
  work: (handle: FileHandle) => Promise<T>,
  options?: unknown,
): Promise<T> {
  const handle = await open(host, path, flags, mode, options);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function readFile(
  host: FileHandleHost,
  path: unknown,
  options?: unknown,
): Promise<Buffer | string> {
  if (path instanceof FileHandle) return path.readFile(options);
  const request = files.readFile(path, options, READ_WHOLE_BYTES_MAX);
  const { encoding, signal, flags } = request;
  validateAbortSignal(signal, 'options.signal');
  const data = opensForChange(flags)
    ? await withHandle(host, path, flags, undefined, (handle) => handle.readFile())
    : await readByPath(host, request);
  throwIfAborted(signal);
  return encoding ? (data as Buffer).toString(encoding) : data;
}

async function readByPath(host: FileHandleHost, request: files.ReadFileRequest): Promise<Buffer> {
  const whole = await host.runner.run(() => request.step);
  return 'data' in whole ? whole.data : readLong(host, request);
}

/** A long file, piece by piece from one frozen view. */
async function readLong(
  host: FileHandleHost,
  { path, flags, signal }: files.ReadFileRequest,
): Promise<Buffer> {
  const lease = await host.runner.lease();
  try {
    const inode = lease.read((store) => openExisting(store, path, flags));
    files.checkReadable(inode);
    const target = Buffer.allocUnsafeSlow(inode.size);
    for (let offset = 0; offset < target.length; offset += READ_WHOLE_BYTES_MAX) {
      throwIfAborted(signal);
      const piece = target.subarray(offset, offset + READ_WHOLE_BYTES_MAX);
      lease.read((store) => store.content.readInto(inode, offset, piece));
      await host.runner.yieldTurn();
    }
    return target;
  } finally {
    await lease.release();
  }
}

async function writeFile(
  host: FileHandleHost,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
): Promise<undefined> {
  if (path instanceof FileHandle) return path.writeFile(data, options);
  if (isDataSource(data)) return writePieces(host, path, data, options, defaultFlag);
  const { runner, environment } = host;
  await runner.run(() => files.writeFile(environment, path, data, options, defaultFlag));
  if (flushes(options)) await runner.run(() => ({ kind: 'sync', syscall: 'fsync' }));
  return undefined;
}

function flushes(options: unknown): boolean {
  return typeof options === 'object' && (options as { flush?: unknown } | null)?.flush === true;
}

/** Data that comes in pieces is not one change: like Node, what was written before an error stays. */
async function writePieces(
  host: FileHandleHost,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
): Promise<undefined> {
  const { flag, mode, signal, encoding, flush } = writeFileOptions(options, defaultFlag);
  validateAbortSignal(signal, 'options.signal');
  throwIfAborted(signal);
  const write = async (handle: FileHandle): Promise<undefined> => {
    await handle.writeFile(data, { encoding, signal });
    if (flush) await handle.sync();
    return undefined;
  };
  return withHandle(host, path, flag, mode, write, options);
}

/** `truncate` of a path opens it first; of a handle it is the handle's. */
function truncate(
  host: FileHandleHost,
  path: unknown,
  length?: unknown,
  options?: unknown,
): Promise<undefined> {
  const { runner, environment } = host;
  return runner.run(() => files.truncate(environment, path, length, options));
}

async function opendir(host: FileHandleHost, path: unknown, options?: unknown): Promise<Dir> {
  const { runner } = host;
  const given = validatePath(path);
  const { encoding, bufferSize, recursive } = opendirOptions(options);
  const ino = await runner.run(() =>
    readStep(placeOf('opendir', given), (store) => list.resolveDirectory(store, pathText(given))),
  );
  return new Dir({ runner, ino, path: given as string, encoding, bufferSize, recursive });
}
