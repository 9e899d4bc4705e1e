/** Many write at once through the mount, and every look of the library sees what was acknowledged before it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { type Mounted, serialMountTest as test, withMount } from '../mount/mounting.js';
import type { RangeWork } from './range-thread.js';

const THREAD = new URL('./range-thread.js', import.meta.url);
/** Below 256, so that a byte tells which. */
const ROUNDS = 250;
/** Over pages and chunks. */
const LENGTH = 10_007;

interface Range extends Omit<RangeWork, 'path'> {
  readonly name: string;
}

/** Four ranges of one file, and four files. */
function makeRanges(): Range[] {
  return Array.from({ length: 8 }, (_, index) => ({
    name: index < 4 ? '/shared' : `/own-${index}`,
    offset: index < 4 ? index * LENGTH * 3 : index,
    length: LENGTH,
    rounds: ROUNDS,
    told: new Int32Array(new SharedArrayBuffer(8)),
  }));
}

type Read = (mounted: Mounted, name: string) => Promise<Buffer> | Buffer;

const READS: readonly Read[] = [
  ({ volume }, name) => volume.fs.promises.readFile(name),
  ({ volume }, name) => volume.fs.readFileSync(name),
  async ({ volume }, name) => {
    await using handle = await volume.fs.promises.open(name, 'r');
    return handle.readFile();
  },
  ({ dir }, name) => readFileSync(join(dir, name)),
];

async function look(mounted: Mounted, range: Range, read: Read): Promise<string | undefined> {
  const { told, offset, length, name } = range;
  const atLeast = Atomics.load(told, 1);
  const bytes = (await read(mounted, name)).subarray(offset, offset + length);
  const atMost = Atomics.load(told, 0);
  const found = [...new Set(bytes)];
  // What has not been acknowledged may be there in part: the kernel makes several requests of a write.
  const isRight = found.every((number) => number >= atLeast && number <= atMost);
  if (isRight && bytes.length === length) return undefined;
  return `${name} at ${offset} has ${found.join(' and ')}, not ${atLeast} to ${atMost}`;
}

async function writeAndLook(t: ExecutionContext, mounted: Mounted): Promise<void> {
  const ranges = makeRanges();
  for (const { name, offset } of ranges) {
    await mounted.volume.fs.promises.writeFile(name, Buffer.alloc(offset + LENGTH));
  }
  const workers = ranges.map(
    ({ name, ...range }) =>
      new Worker(THREAD, { workerData: { ...range, path: join(mounted.dir, name) } }),
  );
  let running = workers.length;
  const ends = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', (code) => {
          running -= 1;
          resolve(code);
        });
      }),
  );
  const wrong: string[] = [];
  let looks = 0;
  for (; running > 0; looks += 1) {
    const range = ranges[looks % ranges.length] as Range;
    const read = READS[Math.floor(looks / ranges.length) % READS.length] as Read;
    const found = await look(mounted, range, read);
    if (found !== undefined) wrong.push(found);
    await setImmediate();
  }
  // Nobody may be writing any more when the mount ends, whatever was found.
  t.deepEqual(new Set(await Promise.all(ends)), new Set([0]));
  t.deepEqual(wrong, []);
  t.true(looks > ranges.length, 'it was looked at meanwhile');
  for (const range of ranges) {
    for (const read of READS) t.is(await look(mounted, range, read), undefined);
  }
}

for (const threads of [1, 2]) {
  test(`each look sees what was acknowledged, ${threads} serving`, (t) =>
    withMount(t, { threads }, (mounted) => writeAndLook(t, mounted)));
}
