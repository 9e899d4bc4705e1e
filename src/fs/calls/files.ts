/** readFile writeFile appendFile truncate copyFile, as far as one step goes; opening. */
import { constants } from 'node:fs';
import { FsError, type FsErrorPlace } from '../../core/errors.js';
import { opensForChange } from '../../core/flags.js';
import { isDirectory } from '../../core/mode.js';
import { plainNames } from '../../core/path.js';
import { openExisting } from '../../ops/open.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import { throwIfAborted, validateAbortSignal } from '../arguments/abort.js';
import { fileBytes } from '../arguments/file-data.js';
import { stringToFlags } from '../arguments/flags.js';
import { truncateLength } from '../arguments/integers.js';
import { accessMode } from '../arguments/mode.js';
import { fileTooLarge } from '../arguments/node-error.js';
import { openRequest } from '../arguments/open-request.js';
import { type WriteFileOptions, writeFileOptions } from '../arguments/options.js';
import { validatePath } from '../arguments/path.js';
import type { OpenedFile } from '../descriptors.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  ask,
  type Call,
  type CallEnvironment,
  type ReadStep,
  readStep,
  type StepSequence,
  UNCERTAIN,
  type WriteStep,
  writeStep,
} from './step.js';

/** Largest file that `readFile` returns, in bytes: Node's bound. */
export const READ_FILE_BYTES_MAX: number = 2 ** 31 - 1;

/** Opens by path; the writer knows from then on that the inode is open. */
export function open(
  env: CallEnvironment,
  path: unknown,
  flags?: unknown,
  mode?: unknown,
  options?: unknown,
): Call<OpenedFile> {
  const request = openRequest(path, flags, mode);
  const place = placeOf('open', request.path);
  const text = textOrError(request.path, place);
  if (!opensForChange(request.flags)) return openToRead(place, text, request.flags);
  return writeStep(place, 'open', [text, request.flags, env.creator(request.mode)], {
    preconditions: versionCondition(options, text, true),
    finish: ({ ino, isDirectory }) => ({ ino, isDirectory, flags: request.flags }),
  });
}

/**
 * Resolved here, so that a busy writer holds nobody up; the hold is what makes the inode survive an
 * unlink, and says whether one came in between.
 */
function* openToRead(place: FsErrorPlace, path: string, flags: number): StepSequence<OpenedFile> {
  for (;;) {
    const inode = yield* ask(readStep(place, (store) => openExisting(store, path, flags)));
    const exists = yield* ask<boolean>({ kind: 'hold', ...place, ino: inode.ino });
    if (exists) return { ino: inode.ino, flags, isDirectory: isDirectory(inode.mode) };
  }
}

/** A file to be read whole: checked, not looked for yet. */
export interface ReadFileRequest {
  readonly place: FsErrorPlace;
  readonly path: string;
  readonly flags: number;
}

export function readFileRequest(path: unknown, flag: unknown): ReadFileRequest {
  const given = validatePath(path);
  const flags = stringToFlags(flag);
  const place = placeOf('open', given);
  return { place, path: textOrError(given, place), flags };
}

/** Opens for reading all of it. EISDIR without a path: it is the read that fails, not the open. */
export function openToReadWhole(store: Store, { path, flags }: ReadFileRequest): Inode {
  const inode = openExisting(store, path, flags);
  if (isDirectory(inode.mode)) throw new FsError('EISDIR', { syscall: 'read' });
  if (inode.size > READ_FILE_BYTES_MAX) throw fileTooLarge(inode.size);
  return inode;
}

/** The bytes where one statement gives them. */
export function findBytes(store: Store, request: ReadFileRequest): Buffer | undefined {
  const names = namesToRead(request);
  return names && store.plainPaths.bytes(names);
}

/** The text, if it is UTF-8, where one statement gives it. */
export function findText(store: Store, request: ReadFileRequest): string | undefined {
  const names = namesToRead(request);
  return names && store.plainPaths.text(names);
}

function namesToRead({ path, flags }: ReadFileRequest): string[] | undefined {
  return flags === constants.O_RDONLY ? plainNames(path) : undefined;
}

/** Reads a file in one step; undefined when it is longer than `wholeMaxBytes`. */
export function wholeFileStep(
  request: ReadFileRequest,
  wholeMaxBytes: number,
): ReadStep<Buffer | undefined> {
  return readStep(
    request.place,
    (store) => {
      const inode = openToReadWhole(store, request);
      if (inode.size > wholeMaxBytes) return undefined;
      return store.content.read(inode, 0, inode.size);
    },
    (store) => findBytes(store, request) ?? UNCERTAIN,
    'readFile',
  );
}

/** Errors that writing the content gives, rather than opening the file. */
const CONTENT_ERRORS: ReadonlySet<string> = new Set(['ENOSPC', 'EFBIG', 'EIO']);

/** Writes a whole file in one command. `data` is a string or bytes. */
export function writeFile(
  env: CallEnvironment,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
): WriteStep<undefined> {
  const given = writeFileOptions(options, defaultFlag);
  const bytes = fileBytes(data, given.encoding);
  validateAbortSignal(given.signal, 'options.signal');
  throwIfAborted(given.signal);
  return writeFileStep(env, path, bytes, given, options);
}

/** The same with options that were taken apart; `options` holds what is ours beside Node's. */
export function writeFileStep(
  env: CallEnvironment,
  path: unknown,
  data: Uint8Array,
  { flag, mode: modeGiven, signal }: WriteFileOptions,
  options: unknown,
): WriteStep<undefined> {
  const { path: validPath, flags, mode } = openRequest(path, flag, modeGiven);
  const place = placeOf('open', validPath);
  const target = textOrError(validPath, place);
  return writeStep(place, 'writeFile', [target, flags, env.creator(mode)], {
    data,
    signal,
    preconditions: versionCondition(options, target, true),
    errorFor: contentError,
  });
}

function contentError(code: string): FsError | undefined {
  if (!CONTENT_ERRORS.has(code)) return undefined;
  return new FsError(code as 'EIO', { syscall: 'write' });
}

/** Opens the path first, as Node does: a wrong length of a missing file is ENOENT. */
export function truncate(
  env: CallEnvironment,
  path: unknown,
  length?: unknown,
  options?: unknown,
): Call<undefined> {
  const { path: given, flags } = openRequest(path, 'r+');
  try {
    return truncateStep(env, path, length, options);
  } catch (error) {
    if (error instanceof FsError) throw error;
    const place = placeOf('open', given);
    const text = textOrError(given, place);
    return readStep(place, (store) => {
      openExisting(store, text, flags);
      throw error;
    });
  }
}

/** As part of a transaction: a wrong length is refused at once. */
export function truncateStep(
  _env: CallEnvironment,
  path: unknown,
  length: unknown = 0,
  options?: unknown,
): WriteStep<undefined> {
  const { path: given } = openRequest(path, 'r+');
  const size = truncateLength(length);
  const place = placeOf('open', given);
  const target = textOrError(given, place);
  return writeStep(place, 'truncate', [target, size], {
    preconditions: versionCondition(options, target, true),
    errorFor: (code) =>
      code === 'EFBIG' ? new FsError('EFBIG', { syscall: 'ftruncate' }) : undefined,
  });
}

const COPY_MODE = 0o666;

export function copyFile(
  env: CallEnvironment,
  src: unknown,
  dest: unknown,
  mode?: unknown,
): WriteStep<undefined> {
  const from = validatePath(src, 'src');
  const to = validatePath(dest, 'dest');
  const flags = accessMode(mode);
  const place = placeOf('copyfile', from, to);
  const exclusive = (flags & constants.COPYFILE_EXCL) !== 0;
  const args = [
    textOrError(from, place),
    textOrError(to, place),
    exclusive,
    env.creator(COPY_MODE),
  ] as const;
  return writeStep(place, 'copyFile', [...args]);
}
