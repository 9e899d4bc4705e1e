/**
 * The same synchronous reads and writes of one big file, on a mount and on a disk. Prints MB or
 * operations per second as JSON.
 *
 *     node mount-content.js <empty directory> <MiB> <accesses> [<file to forget> ...]
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { payloadOf } from '../harness/payload.js';
import { median } from '../harness/statistics.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { scattered } from '../scenarios/filled-directory.js';
import { forgetPages } from './cold.js';

const PIECE_BYTES = 131_072;
const BLOCK_BYTES = 4096;
const MIB = 1_048_576;
const PASSES = 3;
const SMALL_SHARE = 4;
const WARM_UP = { sizeBytes: 4 * MIB, accesses: 500 };
const [directory = '', sizeMib = '0', accesses = '0', ...stored] = process.argv.slice(2);

interface Work {
  readonly path: string;
  readonly sizeBytes: number;
  readonly accesses: number;
}

/** What `step(0)` to `step(count - 1)` take on an open file, and that with its close. */
function timed(
  path: string,
  flags: string,
  count: number,
  step: (fd: number, index: number) => void,
): { readonly seconds: number; readonly closedSeconds: number } {
  const stopwatch = startStopwatch();
  const fd = openSync(path, flags);
  for (let index = 0; index < count; index += 1) step(fd, index);
  const seconds = stopwatch.seconds();
  closeSync(fd);
  return { seconds, closedSeconds: stopwatch.seconds() };
}

/** Megabytes per second, and those with the close, in pieces of so many bytes. */
function writeInOrder({ path, sizeBytes }: Work, pieceBytes: number): readonly [number, number] {
  const content = payloadOf(pieceBytes);
  const { seconds, closedSeconds } = timed(path, 'w', sizeBytes / pieceBytes, (fd, index) => {
    verify(writeSync(fd, content.of(index)) === pieceBytes, 'all is written');
  });
  const megabytes = sizeBytes / 1e6;
  return [megabytes / seconds, megabytes / closedSeconds];
}

function readInOrder({ path, sizeBytes }: Work): number {
  const buffer = Buffer.alloc(PIECE_BYTES);
  const { seconds } = timed(path, 'r', sizeBytes / PIECE_BYTES, (fd) => {
    verify(readSync(fd, buffer, 0, PIECE_BYTES, null) === PIECE_BYTES, 'all is read');
  });
  return sizeBytes / 1e6 / seconds;
}

function readAnywhere({ path, sizeBytes, accesses }: Work): number {
  const at = scattered(sizeBytes / BLOCK_BYTES);
  const buffer = Buffer.alloc(BLOCK_BYTES);
  const { seconds } = timed(path, 'r', accesses, (fd, index) => {
    const read = readSync(fd, buffer, 0, BLOCK_BYTES, at(index) * BLOCK_BYTES);
    verify(read === BLOCK_BYTES, 'a block is read');
  });
  return accesses / seconds;
}

function writeAnywhere({ path, sizeBytes, accesses }: Work): Record<string, number> {
  const at = scattered(sizeBytes / BLOCK_BYTES);
  const content = payloadOf(BLOCK_BYTES);
  const { seconds, closedSeconds } = timed(path, 'r+', accesses, (fd, index) => {
    const block = content.of(index);
    const written = writeSync(fd, block, 0, BLOCK_BYTES, at(index) * BLOCK_BYTES);
    verify(written === BLOCK_BYTES, 'a block is written');
  });
  return { randomWrite: accesses / seconds, randomWriteClosed: accesses / closedSeconds };
}

function measure(work: Work): Readonly<Record<string, number>> {
  const [write, writeClosed] = writeInOrder(work, PIECE_BYTES);
  forgetPages([work.path, ...stored]);
  const readCold = readInOrder(work);
  // What follows finds every page in the kernel's memory, on a disk at least.
  readInOrder(work);
  const randomRead = readAnywhere(work);
  const anywhere = writeAnywhere(work);
  // At the end, and less: what is not on the disk yet makes it slow.
  const small = { ...work, path: `${work.path}-small`, sizeBytes: work.sizeBytes / SMALL_SHARE };
  const [, writeSmall] = writeInOrder(small, BLOCK_BYTES);
  return { write, writeClosed, readCold, randomRead, ...anywhere, writeSmall };
}

/** The median of some passes: a disk that is busy for a moment makes one of them useless. */
function measureOften(work: Omit<Work, 'path'>): Readonly<Record<string, number>> {
  const passes = Array.from({ length: PASSES }, (_, index) =>
    measure({ path: join(directory, `pass-${index}`), ...work }),
  );
  const keys = Object.keys(passes[0] ?? {});
  return Object.fromEntries(
    keys.map((key) => [key, median(passes.map((pass) => pass[key] as number))]),
  );
}

measure({ path: join(directory, 'warm-up'), ...WARM_UP });
const work = { sizeBytes: Number(sizeMib) * MIB, accesses: Number(accesses) };
process.stdout.write(JSON.stringify(measureOften(work)));
