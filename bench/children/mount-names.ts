/**
 * The same synchronous calls on names, on a mount and on a disk. Prints operations per second as JSON.
 *
 *     node mount-names.js <empty directory> <files>
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileName, payloadOf } from '../harness/payload.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { scattered } from '../scenarios/filled-directory.js';
import { forgetNames } from './cold.js';

const SIZE_BYTES = 1024;
const LISTINGS = 5;
const WARM_UP_COUNT = 300;
const [directory = '', files = '0'] = process.argv.slice(2);
const payload = payloadOf(SIZE_BYTES);
const buffer = Buffer.alloc(4096);

/** Operations per second of `step(0)` to `step(count - 1)`. */
function rateOf(count: number, step: (index: number) => void): number {
  const stopwatch = startStopwatch();
  for (let index = 0; index < count; index += 1) step(index);
  return count / stopwatch.seconds();
}

function statFile(path: string): void {
  verify(statSync(path).size === SIZE_BYTES, 'stat gives the size');
}

function readWhole(path: string): void {
  const fd = openSync(path, 'r');
  verify(readSync(fd, buffer, 0, buffer.length, null) === SIZE_BYTES, 'the content is read');
  closeSync(fd);
}

function measure(root: string, count: number): Readonly<Record<string, number>> {
  const at = scattered(count);
  const created = (index: number): string => join(root, 'new', fileName(index));
  const renamed = (index: number): string => join(root, 'new', `renamed-${fileName(index)}`);
  const filled = (index: number): string => join(root, 'filled', fileName(at(index)));
  mkdirSync(join(root, 'new'));
  mkdirSync(join(root, 'filled'));
  const create = rateOf(count, (index) => closeSync(openSync(created(index), 'wx')));
  for (let index = 0; index < count; index += 1) writeFileSync(filled(index), payload.of(index));
  forgetNames();
  const statFirst = rateOf(count, (index) => statFile(filled(index)));
  const statAgain = rateOf(count, (index) => statFile(filled(index)));
  const list = (): void => {
    verify(readdirSync(join(root, 'filled')).length === count, 'all names are listed');
  };
  const readdir = count * rateOf(LISTINGS, list);
  const read = rateOf(count, (index) => readWhole(filled(index)));
  const rename = rateOf(count, (index) => renameSync(created(at(index)), renamed(at(index))));
  const unlink = rateOf(count, (index) => unlinkSync(renamed(at(index))));
  verify(readdirSync(join(root, 'new')).length === 0, 'all are removed');
  return { create, statFirst, statAgain, readdir, read, rename, unlink };
}

// The code of this process is compiled before it counts.
mkdirSync(join(directory, 'warm-up'));
measure(join(directory, 'warm-up'), WARM_UP_COUNT);
mkdirSync(join(directory, 'measured'));
process.stdout.write(JSON.stringify(measure(join(directory, 'measured'), Number(files))));
