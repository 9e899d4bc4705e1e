/**
 * readFile writeFile appendFile, of a path or a descriptor, however long: as one step where that is
 * possible, in pieces where the event loop must turn between them.
 */
import { opensForChange } from '../../core/flags.js';
import type { View } from '../../readers/pool.js';
import { throwIfAborted } from '../arguments/abort.js';
import { fileBytes } from '../arguments/file-data.js';
import { stringToFlags } from '../arguments/flags.js';
import { fileTooLarge } from '../arguments/node-error.js';
import { type ReadFileOptions, readFileOptions, writeFileOptions } from '../arguments/options.js';
import { fsync, openFileOf, read, write } from './descriptor.js';
import {
  findBytes,
  findText,
  openToReadWhole,
  READ_FILE_BYTES_MAX,
  type ReadFileRequest,
  readFileRequest,
  wholeFileStep,
  writeFileStep,
} from './files.js';
import { openFile, withFile } from './open-file.js';
import {
  ask,
  type Call,
  type CallEnvironment,
  pause,
  perform,
  readIn,
  readStep,
  type StepSequence,
  UNCERTAIN,
  withView,
} from './step.js';

/** Files up to this are read in one go; longer ones in pieces, with the event loop turning between. */
const READ_WHOLE_BYTES_MAX = 1024 * 1024;
/** Bytes read at a time from a descriptor. */
const PIECE_BYTES = 512 * 1024;

export type FileContent = Buffer | string;

/** Content as the caller wants it: bytes, or text in the encoding of the options. */
export function decodeContent(data: Buffer, encoding: ReadFileOptions['encoding']): FileContent {
  return encoding ? data.toString(encoding as BufferEncoding) : data;
}

// --- reading ---------------------------------------------------------------------------------------

/** A signal that fires meanwhile ends it with an AbortError. */
export function readFile(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): StepSequence<FileContent> {
  const given = readFileOptions(options);
  throwIfAborted(given.signal);
  return readPath(env, readFileRequest(path, given.flag), given);
}

/** Of a descriptor the flag means nothing, but Node's way to read text at once looks at it all the same. */
export function checkFlagOfText(options: unknown): void {
  const { encoding, flag } = readFileOptions(options);
  if (isUtf8(encoding)) stringToFlags(flag);
}

function isUtf8(encoding: unknown): boolean {
  return encoding === 'utf8' || encoding === 'utf-8';
}

/** For callers that wait on their own thread: one step, whatever the length; no signal can fire. */
export function readFileNow(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): Call<FileContent> {
  const { encoding, flag } = readFileOptions(options);
  const request = readFileRequest(path, flag);
  if (opensForChange(request.flags)) {
    return readPath(env, request, { encoding, flag, signal: undefined });
  }
  const isText = isUtf8(encoding);
  return readStep(
    request.place,
    (store) => {
      const inode = openToReadWhole(store, request);
      return decodeContent(store.content.read(inode, 0, inode.size), encoding);
    },
    (store) => {
      if (isText) return findText(store, request) ?? UNCERTAIN;
      const data = findBytes(store, request);
      return data === undefined ? UNCERTAIN : decodeContent(data, encoding);
    },
    'readFile',
  );
}

function* readPath(
  env: CallEnvironment,
  request: ReadFileRequest,
  { encoding, signal }: ReadFileOptions,
): StepSequence<FileContent> {
  const data = opensForChange(request.flags)
    ? yield* readOpening(env, request, signal)
    : ((yield* ask(wholeFileStep(request, READ_WHOLE_BYTES_MAX))) ??
      (yield* withView('read', (view) => readLong(view, request, signal))));
  throwIfAborted(signal);
  return decodeContent(data, encoding);
}

/** With flags that create or truncate. */
export function readOpening(
  env: CallEnvironment,
  { path, flags }: ReadFileRequest,
  signal: AbortSignal | undefined,
): StepSequence<Buffer> {
  return withFile(env, openFile(env, path, flags), (fd) => readPieces(env, fd, signal));
}

/** A long file, piece by piece from one frozen view. */
function* readLong(
  view: View,
  request: ReadFileRequest,
  signal: AbortSignal | undefined,
): StepSequence<Buffer> {
  const { place } = request;
  const inode = readIn(
    view,
    readStep(place, (store) => openToReadWhole(store, request)),
  );
  const target = Buffer.allocUnsafeSlow(inode.size);
  for (let offset = 0; offset < target.length; offset += READ_WHOLE_BYTES_MAX) {
    throwIfAborted(signal);
    const piece = target.subarray(offset, offset + READ_WHOLE_BYTES_MAX);
    const reading = readStep({ syscall: 'read' }, (store) =>
      store.content.readInto(inode, offset, piece),
    );
    readIn(view, reading);
    yield* pause();
  }
  return target;
}

/** Reads a descriptor from its position to the end, a view per piece. */
export function readDescriptor(
  env: CallEnvironment,
  fd: unknown,
  options?: unknown,
  heedsSignal = true,
): StepSequence<FileContent> {
  const { encoding, signal } = readFileOptions(options);
  const { fd: number } = openFileOf(env, fd, 'fstat');
  return readRest(env, number, heedsSignal ? signal : undefined, encoding);
}

function* readRest(
  env: CallEnvironment,
  fd: number,
  signal: AbortSignal | undefined,
  encoding: ReadFileOptions['encoding'],
): StepSequence<FileContent> {
  return decodeContent(yield* readPieces(env, fd, signal), encoding);
}

function* readPieces(
  env: CallEnvironment,
  fd: number,
  signal: AbortSignal | undefined,
): StepSequence<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    throwIfAborted(signal);
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const count = yield* ask(read(env, fd, piece, null));
    if (count > 0) pieces.push(piece.subarray(0, count));
    total += count;
    if (total > READ_FILE_BYTES_MAX) throw fileTooLarge(total);
    if (count < PIECE_BYTES) return Buffer.concat(pieces, total);
    yield* pause();
  }
}

// --- writing ---------------------------------------------------------------------------------------

/** Writes a whole file as one change; with `flush` it ends when that is durable. */
export function writeFile(
  env: CallEnvironment,
  path: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
  heedsSignal = true,
): Call<undefined> {
  const given = writeFileOptions(options, defaultFlag);
  const bytes = fileBytes(data, given.encoding);
  if (heedsSignal) throwIfAborted(given.signal);
  const step = writeFileStep(env, path, bytes, given, options);
  return given.flush ? flushed(step) : step;
}

/**
 * Writes to a descriptor at its position. Nothing to write is no write, which a descriptor for reading would
 * refuse; in the callback style it is one (`writesNothing`), as in Node.
 */
export function writeDescriptor(
  env: CallEnvironment,
  fd: unknown,
  data: unknown,
  options: unknown,
  defaultFlag: 'w' | 'a',
  heedsSignal = true,
  writesNothing = false,
): StepSequence<undefined> {
  const given = writeFileOptions(options, defaultFlag);
  const bytes = fileBytes(data, given.encoding);
  if (heedsSignal) throwIfAborted(given.signal);
  const { fd: number } = openFileOf(env, fd, 'write');
  const isWrite = bytes.length > 0 || writesNothing;
  const writing = isWrite ? write(env, number, bytes, null) : undefined;
  return writeRest(env, number, writing, given.flush);
}

function* writeRest(
  env: CallEnvironment,
  fd: number,
  writing: Call<number> | undefined,
  flush: boolean,
): StepSequence<undefined> {
  if (writing !== undefined) yield* perform(writing);
  if (flush) yield* ask(fsync(env, fd));
  return undefined;
}

function* flushed(writing: Call<undefined>): StepSequence<undefined> {
  yield* perform(writing);
  return yield* ask<undefined>({ kind: 'sync', syscall: 'fsync' });
}
