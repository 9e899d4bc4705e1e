import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { validateBufferArray } from '#src/fs/arguments/buffers.js';
import { fileBytes, isDataSource, pieceBytes } from '#src/fs/arguments/file-data.js';
import { truncateLength, validatedFd } from '#src/fs/arguments/integers.js';
import {
  handleReadRequest,
  type ReadRequest,
  syncReadRequest,
} from '#src/fs/arguments/read-request.js';
import {
  handleWriteRequest,
  syncWriteRequest,
  type WriteRequest,
} from '#src/fs/arguments/write-request.js';
import {
  label,
  ODD_VALUES,
  outcome,
  outcomeLater,
  sameForEach,
  sameForEachLater,
  temporaryFolder,
} from './oracle.js';

type Args = readonly unknown[];

const CONTENT = 'hello world';
const bytes = (length = 4): Uint8Array => new Uint8Array(length).fill(45);

// Node 20 aborts the process when it is to read a length that is no integer.
const isReadable = (value: unknown): boolean => value == null || Number.isInteger(value);

const READ_LENGTHS = [...ODD_VALUES.filter(isReadable), 2, 4, 5, -5];
const WRITE_LENGTHS = [...ODD_VALUES, 2, 4, 5, -5];
const POSITIONS = [...ODD_VALUES, 3, 100, -2, 2n, -2n];

function readArguments(): Args[] {
  return [
    [],
    ...ODD_VALUES.map((first) => [first]),
    ...ODD_VALUES.map((second) => [bytes(), second]),
    ...ODD_VALUES.map((second) => [bytes(), second, 1]),
    ...READ_LENGTHS.map((length) => [bytes(), 0, length]),
    ...READ_LENGTHS.map((length) => [bytes(), { length }]),
    ...READ_LENGTHS.map((length) => [{ buffer: bytes(), length, offset: 1 }]),
    ...POSITIONS.map((position) => [bytes(), 0, 4, position]),
    ...POSITIONS.map((position) => [bytes(), { position }]),
    ...POSITIONS.map((position) => [{ buffer: bytes(), position }]),
    [{ buffer: 5 }],
    [bytes(), 1, 3, 2],
    [bytes(), 1, undefined, 2],
    [bytes(), null, 2, 0],
    [bytes(), 9, 0],
    [bytes(0)],
    [bytes(0), 0, 1],
    [bytes(0), { length: 1 }],
    [new Uint16Array(2), 1, 3, 0],
    [new DataView(new ArrayBuffer(8), 2, 4), 1, 3, 0],
  ];
}

/** Fills the request from `CONTENT` as a handle at its start would. */
function readFrom(request: ReadRequest): { bytesRead: number; buffer: Buffer } {
  const start = request.position ?? 0;
  const bytesRead = Buffer.from(CONTENT.slice(start)).copy(request.target);
  return { bytesRead, buffer: snapshot(request.buffer) };
}

function snapshot(view: ArrayBufferView): Buffer {
  return Buffer.copyBytesFrom(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

/** Each list is made anew for each side, because reading changes the buffers in it. */
function eachPair(lists: () => Args[]): [theirs: Args, ours: Args][] {
  const ours = lists();
  return lists().map((list, index) => [list, ours[index] ?? []]);
}

function contentFile(t: ExecutionContext): string {
  const file = join(temporaryFolder(t), 'file');
  fs.writeFileSync(file, CONTENT);
  return file;
}

test('FileHandle.read: arguments are refused alike, and alike in effect', async (t) => {
  const file = contentFile(t);
  for (const [theirs, ours] of eachPair(readArguments)) {
    // Where we honour a bigint position, Node 20 ignores it.
    if (theirs.some((arg) => /\dn\b/u.test(label(arg)) && label(arg).includes('position')))
      continue;
    if (typeof theirs[3] === 'bigint') continue;
    const handle = await promises.open(file);
    const read = (): Promise<unknown> => handle.read(...(theirs as never[]));
    const expected = await outcomeLater(read);
    t.deepEqual(
      outcome(() => handleReadRequest(...(ours as [])).target),
      expected,
      label(ours),
    );
    await handle.close();
    if (expected === 'passed the argument checks') await sameRead(t, file, theirs, ours);
  }
});

async function sameRead(t: ExecutionContext, file: string, theirs: Args, ours: Args) {
  const handle = await promises.open(file);
  const result = await handle.read(...(theirs as [never]));
  await handle.close();
  const { bytesRead, buffer } = readFrom(handleReadRequest(...(ours as [])));
  t.is(bytesRead, result.bytesRead, label(ours));
  t.deepEqual(buffer, snapshot(result.buffer), label(ours));
}

test('readSync: arguments are refused alike, and alike in effect', (t) => {
  const file = contentFile(t);
  for (const [theirs, ours] of eachPair(readArguments)) {
    const fd = fs.openSync(file, 'r');
    let bytesRead: number | undefined;
    const expected = outcome(() => {
      bytesRead = fs.readSync(fd, ...(theirs as [never, never]));
    });
    fs.closeSync(fd);
    let result: ReturnType<typeof readFrom> | undefined;
    const actual = outcome(() => {
      result = readFrom(syncReadRequest(ours));
    });
    t.deepEqual(actual, expected, label(ours));
    t.is(result?.bytesRead, bytesRead, label(ours));
    if (result !== undefined) t.deepEqual(result.buffer, snapshot(theirs[0] as Buffer));
  }
});

test('a bigint position of FileHandle.read is honoured', (t) => {
  t.is(handleReadRequest(bytes(), 0, 4, 3n).position, 3);
  t.is(handleReadRequest(bytes(), 0, 4, -1n).position, null);
  t.throws(() => handleReadRequest(bytes(), 0, 4, 2n ** 63n), { code: 'ERR_OUT_OF_RANGE' });
});

test('position 0 is the start, not where the handle stands', async (t) => {
  const handle = await promises.open(contentFile(t), 'r+');
  await handle.read(bytes(), 0, 3);
  const { buffer } = await handle.read(bytes(1), 0, 1, 0);
  await handle.close();
  t.is(Buffer.from(buffer).toString(), CONTENT.slice(0, 1));
  t.is(handleReadRequest(bytes(), 0, 1, 0).position, 0);
  t.is(syncReadRequest([bytes(), 0, 1, 0]).position, 0);
  t.is(handleWriteRequest(bytes(), 0, 1, 0).position, 0);
  t.is(syncWriteRequest('text', 0).position, 0);
});

test('a fractional length of FileHandle.read is refused', (t) => {
  t.throws(() => handleReadRequest(bytes(), 0, 0.5), { code: 'ERR_OUT_OF_RANGE' });
  t.throws(() => handleReadRequest(bytes(), 0, '3'), { code: 'ERR_INVALID_ARG_TYPE' });
});

function writeArguments(): Args[] {
  const source = Buffer.from('ABCD');
  return [
    [],
    ...ODD_VALUES.map((first) => [first]),
    ...ODD_VALUES.map((second) => [source, second]),
    ...ODD_VALUES.map((second) => ['ABCD', second]),
    ...WRITE_LENGTHS.map((length) => [source, 1, length]),
    ...WRITE_LENGTHS.map((length) => [source, { length }]),
    ...ODD_VALUES.map((offset) => [source, { offset, length: 1 }]),
    ...POSITIONS.filter(isNearPosition).map((position) => [source, 0, 4, position]),
    ...POSITIONS.filter(isNearPosition).map((position) => [source, { position }]),
    ...['hex', 'HEX', 'latin1', 'no', 5, null].map((encoding) => ['ABC', 0, encoding]),
    ...['hex', 'utf16le', 'base64'].map((encoding) => ['abcd', 2, encoding]),
    ['€😀\ud800', null],
    [source, 1, 2, 3],
    [source, null, 2, 3],
    [source, 5],
    [source, 4],
    [Buffer.alloc(0)],
    [Buffer.alloc(0), 9],
    [Buffer.alloc(0), 'x'],
    [new Uint16Array([0x4142, 0x4344]), 1, 2],
    [new DataView(new ArrayBuffer(8), 2, 4), 1, 3],
  ];
}

/** Positions at which a test may write without making a file of terabytes. */
function isNearPosition(position: unknown): boolean {
  return typeof position !== 'number' || !Number.isSafeInteger(position) || position < 1000;
}

/** Content of the file after the request, the handle being at its start. */
function writtenOver(request: WriteRequest): Buffer {
  const start = request.position ?? 0;
  const size = Math.max(CONTENT.length, start + request.bytes.length);
  const content = Buffer.alloc(request.bytes.length === 0 ? CONTENT.length : size);
  content.write(CONTENT);
  content.set(request.bytes, request.bytes.length === 0 ? 0 : start);
  return content;
}

/** String writes take a number as position; the far ones are left out as above. */
function isNearWrite([data, second]: Args): boolean {
  return typeof data !== 'string' || isNearPosition(second);
}

test('FileHandle.write: arguments are refused alike, and alike in effect', async (t) => {
  const file = contentFile(t);
  for (const args of writeArguments().filter(isNearWrite)) {
    fs.writeFileSync(file, CONTENT);
    const handle = await promises.open(file, 'r+');
    let bytesWritten: number | undefined;
    const expected = await outcomeLater(async () => {
      bytesWritten = (await handle.write(...(args as [never]))).bytesWritten;
    });
    await handle.close();
    let request: WriteRequest | undefined;
    const actual = outcome(() => {
      request = handleWriteRequest(...(args as []));
    });
    t.deepEqual(actual, expected, label(args));
    t.is(request?.bytes.length, bytesWritten, label(args));
    if (request) t.deepEqual(writtenOver(request), fs.readFileSync(file), label(args));
  }
});

test('writeSync: arguments are refused alike, and alike in effect', (t) => {
  const file = contentFile(t);
  for (const args of writeArguments().filter(isNearWrite)) {
    fs.writeFileSync(file, CONTENT);
    const fd = fs.openSync(file, 'r+');
    let bytesWritten: number | undefined;
    const expected = outcome(() => {
      bytesWritten = fs.writeSync(fd, ...(args as [never]));
    });
    fs.closeSync(fd);
    let request: WriteRequest | undefined;
    const actual = outcome(() => {
      request = syncWriteRequest(...(args as []));
    });
    t.deepEqual(actual, expected, label(args));
    t.is(request?.bytes.length, bytesWritten, label(args));
    if (request) t.deepEqual(writtenOver(request), fs.readFileSync(file), label(args));
  }
});

test('the buffers of readv and writev are refused alike', (t) => {
  const fd = fs.openSync('/dev/null', 'r+');
  t.teardown(() => fs.closeSync(fd));
  const values = [
    ...ODD_VALUES,
    [bytes()],
    [bytes(), 5],
    [bytes(), new DataView(new ArrayBuffer(1))],
  ];
  const check = (value: unknown): void => validateBufferArray(value);
  sameForEach(t, values, (buffers) => fs.readvSync(fd, buffers), check);
  sameForEach(t, values, (buffers) => fs.writevSync(fd, buffers), check);
});

test('the length of truncate and descriptors are refused alike', (t) => {
  const file = contentFile(t);
  const fd = fs.openSync(file, 'r+');
  t.teardown(() => fs.closeSync(fd));
  const lengths = ODD_VALUES.filter((value) => value !== undefined && isNearPosition(value));
  sameForEach(t, lengths, (length) => fs.ftruncateSync(fd, length), truncateLength);
  t.is(truncateLength(-5), 0);
  const descriptors = ODD_VALUES.filter(
    (value) => typeof value !== 'number' || value > 2 || value < 0,
  );
  sameForEach(
    t,
    descriptors,
    (value) => fs.readvSync(value, []),
    (value) => validatedFd(value),
  );
  t.is(validatedFd(-0), 0);
});

test('the data of writeFile is refused alike', async (t) => {
  const file = contentFile(t);
  const sources = [new Set(['a']), (function* () {})(), new String('x'), (async function* () {})()];
  const views = [bytes(), new DataView(new ArrayBuffer(2)), Buffer.from('x'), new Float64Array(2)];
  const values = [...ODD_VALUES, ...views].filter((value) => !isDataSource(value));
  const check = (value: unknown): unknown => fileBytes(value, 'utf8');
  sameForEach(t, values, (data) => fs.writeFileSync(file, data), check);
  await sameForEachLater(t, values, (data) => promises.writeFile(file, data), check);
  for (const source of sources) {
    t.true(isDataSource(source), label(source));
    await t.notThrowsAsync(promises.writeFile(file, source as never), label(source));
  }
  for (const value of ['text', 5, null, {}, bytes()]) t.false(isDataSource(value), label(value));
});

test('the data of writeFile is encoded alike', (t) => {
  const file = contentFile(t);
  for (const encoding of ['utf8', 'latin1', 'hex', 'base64', 'utf16le', 'ascii'] as const) {
    fs.writeFileSync(file, 'aé€f0', encoding);
    t.deepEqual(fileBytes('aé€f0', encoding), fs.readFileSync(file), encoding);
  }
  t.deepEqual(fileBytes(new Uint16Array([1, 2]), 'utf8'), new Uint8Array([1, 0, 2, 0]));
});

test('the pieces of a source are refused alike', async (t) => {
  const file = contentFile(t);
  const pieces = ['text', bytes(), new Uint16Array([1, 2]), 5, null, undefined, true, Symbol('x')];
  await sameForEachLater(
    t,
    pieces,
    (piece) => promises.writeFile(file, [piece]),
    (piece) => pieceBytes(piece, 'utf8'),
  );
});
