/**
 * Threads that read on a mount at the same time, each its own files. Prints what all of them did per second.
 *
 *     node mount-readers.js <empty directory> <threads> <files of each thread>
 */
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fileName, payloadOf } from '../harness/payload.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { forgetNames, forgetPages } from './cold.js';

const SMALL_BYTES = 4096;
const PIECE_BYTES = 131_072;
const BIG_BYTES = 67_108_864;
const buffer = Buffer.alloc(PIECE_BYTES);

interface Reader {
  readonly directory: string;
  readonly files: number;
}

function bigFile(directory: string): string {
  return join(directory, 'big');
}

function fill({ directory, files }: Reader): void {
  mkdirSync(directory);
  for (let index = 0; index < files; index += 1) {
    writeFileSync(join(directory, fileName(index)), payloadOf(SMALL_BYTES).of(index));
  }
  writeFileSync(bigFile(directory), Buffer.alloc(BIG_BYTES, payloadOf(PIECE_BYTES).of(0)));
}

function readSmall({ directory, files }: Reader): void {
  for (let index = 0; index < files; index += 1) {
    const fd = openSync(join(directory, fileName(index)), 'r');
    verify(readSync(fd, buffer, 0, PIECE_BYTES, null) === SMALL_BYTES, 'a file is read');
    closeSync(fd);
  }
}

function readBig({ directory }: Reader): void {
  const fd = openSync(bigFile(directory), 'r');
  let total = 0;
  for (let read = -1; read !== 0; total += read) read = readSync(fd, buffer, 0, PIECE_BYTES, null);
  verify(total === BIG_BYTES, 'the big file is read');
  closeSync(fd);
}

const TASKS = { small: readSmall, big: readBig };

async function all(workers: readonly Worker[], task: keyof typeof TASKS): Promise<number> {
  const stopwatch = startStopwatch();
  const done = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage(task);
  await Promise.all(done);
  return stopwatch.seconds();
}

async function main(root: string, threads: number, files: number): Promise<void> {
  const readers = Array.from({ length: threads }, (_, index) => ({
    directory: join(root, `reader-${index}`),
    files,
  }));
  for (const reader of readers) fill(reader);
  const start = async (reader: Reader): Promise<Worker> => {
    const worker = new Worker(new URL(import.meta.url), { workerData: reader });
    await once(worker, 'message');
    return worker;
  };
  const workers = await Promise.all(readers.map(start));
  forgetNames();
  const small = (threads * files) / (await all(workers, 'small'));
  // What the kernel keeps of the mount goes; what it keeps of the volume's file does not.
  forgetPages(readers.map(({ directory }) => bigFile(directory)));
  const big = (threads * BIG_BYTES) / 1e6 / (await all(workers, 'big'));
  process.stdout.write(JSON.stringify({ small, big }));
  for (const worker of workers) worker.postMessage('end');
}

function serve(reader: Reader): void {
  parentPort?.on('message', (task: keyof typeof TASKS | 'end') => {
    if (task === 'end') return parentPort?.close();
    TASKS[task](reader);
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('ready');
}

const [directory = '', threads = '1', files = '0'] = process.argv.slice(2);
if (isMainThread) await main(directory, Number(threads), Number(files));
else serve(workerData as Reader);
