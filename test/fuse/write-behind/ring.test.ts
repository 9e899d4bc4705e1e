/** The memory in which a mount keeps what it has taken, against a list. */
import { Worker } from 'node:worker_threads';
import test from 'ava';
import fc from 'fast-check';
import type { Ino } from '#src/core/ino.js';
import {
  BEHIND_BYTES_MAX,
  type BehindRecord,
  BehindTotals,
  WriteBehind,
} from '#src/core/write-behind.js';

const DYING = new URL('./dying-thread.js', import.meta.url);
const APPENDER = new URL('./appender-thread.js', import.meta.url);
const A = 10 as Ino;
const B = 11 as Ino;

interface Put {
  readonly ino: number;
  readonly offset: number;
  readonly isAppend: boolean;
  readonly asStranger: boolean;
  readonly length: number;
}

function bytesFor(length: number, seed: number): Buffer {
  return Buffer.alloc(length, seed % 251);
}

function plain(record: BehindRecord): object {
  if (record.type === 'access') return { ino: record.ino };
  const { ino, offset, isAppend, asStranger, data } = record;
  return { ino, offset, isAppend, asStranger, data: data.toString('base64') };
}

const put = fc.record({
  ino: fc.integer({ min: 1, max: 5 }),
  offset: fc.integer({ min: 0, max: 2 ** 43 }),
  isAppend: fc.boolean(),
  asStranger: fc.boolean(),
  // Big ones, too, so that the ring is gone round several times.
  length: fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 0, max: 1024 * 1024 })),
});
const step = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 2, arbitrary: fc.constant('take' as const) },
  { weight: 1, arbitrary: fc.constant('done' as const) },
);

test('what is taken is what was put, in order, and pending until it is done', (t) => {
  const runs = 60;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const ring = new WriteBehind();
      const expected: { readonly value: object; readonly ino: number }[] = [];
      const taken: BehindRecord[] = [];
      let isDone = 0;
      for (const [index, what] of steps.entries()) {
        if (what === 'take') taken.push(...ring.take());
        else if (what === 'done') {
          ring.done(taken.slice(isDone));
          isDone = taken.length;
        } else if (putInto(ring, what, index)) {
          const { ino, offset, isAppend, asStranger, length } = what;
          const data = bytesFor(length, index).toString('base64');
          expected.push({ value: { ino, offset, isAppend, asStranger, data }, ino });
        }
        for (let ino = 1; ino <= 5; ino += 1) {
          const isPending = expected.slice(isDone).some((other) => other.ino === ino);
          // After all of an inode is done, others that came later may still be pending.
          t.is(ring.isPending(ino as Ino), isPending);
        }
        t.is(ring.hasPending, expected.length > isDone);
      }
      taken.push(...ring.take());
      t.deepEqual(
        taken.map(plain),
        expected.map(({ value }) => value),
      );
    }),
    { numRuns: runs },
  );
});

function putInto(ring: WriteBehind, what: Put, seed: number): boolean {
  const { ino, offset, isAppend, asStranger, length } = what;
  return ring.write({
    ino: ino as Ino,
    offset,
    isAppend,
    asStranger,
    data: bytesFor(length, seed),
  });
}

test('no more is pending than there may be, and room comes when something is done', (t) => {
  const ring = new WriteBehind();
  const data = Buffer.alloc(1024 * 1024);
  const put = (offset = 0): boolean =>
    ring.write({ ino: A, offset, isAppend: false, asStranger: false, data });
  let count = 0;
  while (put(count)) count += 1;
  t.is(count, Math.floor(BEHIND_BYTES_MAX / data.length) - 1);
  const taken = ring.take();
  t.false(put(), 'taken is not done');
  ring.done(taken.slice(0, 2));
  t.true(put());
  t.true(put());
  t.false(put());
});

test('an access time is pending, and no write', (t) => {
  const ring = new WriteBehind();
  ring.access(A);
  t.deepEqual([ring.isPending(A), ring.isWritePending(A)], [true, false]);
  ring.write({ ino: B, offset: 0, isAppend: false, asStranger: false, data: Buffer.from('x') });
  t.deepEqual(
    [ring.isPending(B), ring.isWritePending(B), ring.isWritePending(A)],
    [true, true, false],
  );
  ring.done(ring.take());
  t.deepEqual(
    [ring.isPending(A), ring.isPending(B), ring.isWritePending(B)],
    [false, false, false],
  );
});

test('numbers begin anew, and what is pending stays so', (t) => {
  const ring = new WriteBehind();
  const cells = new Int32Array(ring.wire.ring, 0, 16);
  // One before the number that is the smallest.
  cells[1] = 0x7fffffff;
  cells[2] = 0x7fffffff;
  t.false(ring.isPending(A));
  ring.access(A);
  t.true(ring.isPending(A));
  t.false(ring.isPending(B));
  const [first] = ring.take();
  ring.access(B);
  ring.done(first === undefined ? [] : [first]);
  t.deepEqual([ring.isPending(A), ring.isPending(B)], [false, true]);
  ring.done(ring.take());
  t.deepEqual([ring.isPending(A), ring.isPending(B), ring.hasPending], [false, false, false]);
});

test('two mounts of a volume know of each other that something is pending', (t) => {
  const one = new WriteBehind();
  const other = new WriteBehind({ totals: one.wire.totals });
  t.deepEqual([one.othersHavePending, other.othersHavePending], [false, false]);
  one.access(A);
  t.deepEqual([one.othersHavePending, other.othersHavePending], [false, true]);
  other.access(A);
  one.done(one.take());
  t.deepEqual([one.othersHavePending, other.othersHavePending], [true, false]);
});

test('a failure is told to each opening that was there, until it has heard of it for good', (t) => {
  const ring = new WriteBehind();
  ring.fail(A, 28);
  ring.fail(A, 5);
  ring.noteOpening(A, 9);
  ring.noteOpening(A, 10);
  t.deepEqual([ring.failureOf(B, 1, true), ring.failureOf(A, 9, true)], [0, 0]);
  t.deepEqual([ring.failureOf(A, 1, false), ring.failureOf(A, 1, true)], [5, 5]);
  t.deepEqual([ring.failureOf(A, 1, false), ring.failureOf(A, 1, true)], [0, 0]);
  t.is(ring.failureOf(A, 2, true), 5, 'another opening is told, too');
  ring.fail(A, 28);
  t.deepEqual(
    [ring.failureOf(A, 1, true), ring.failureOf(A, 9, true)],
    [28, 28],
    'of the next one',
  );
  for (let opening = 20; opening < 40; opening += 1) t.is(ring.failureOf(A, opening, true), 28);
  ring.forgetFailure(A);
  t.is(ring.failureOf(A, 2, false), 0);
});

test('of too many inodes with a failure one is forgotten', (t) => {
  const ring = new WriteBehind();
  const inos = Array.from({ length: 100 }, (_, index) => (index + 1) as Ino);
  for (const ino of inos) ring.fail(ino, 28);
  const told = inos.filter((ino) => ring.failureOf(ino, 1, false) === 28);
  t.is(told.length, 64);
  t.is(new BehindTotals(ring.wire.totals).failures, 100);
  for (const ino of inos) ring.forgetFailure(ino);
  t.deepEqual(
    inos.filter((ino) => ring.failureOf(ino, 1, false) !== 0),
    [],
  );
});

test('what is pending looks so at every moment, also while more of it is put', (t) => {
  const ring = new WriteBehind();
  ring.access(A);
  const { store } = Atomics;
  const looked: boolean[] = [];
  try {
    Atomics.store = ((...args: Parameters<typeof store>) => {
      const stored = store(...args);
      looked.push(ring.isPending(A));
      return stored;
    }) as typeof store;
    ring.access(A);
  } finally {
    Atomics.store = store;
  }
  t.true(looked.length >= 2);
  t.deepEqual(new Set(looked), new Set([true]));
});

/** Resolves with the number of a thread that has died at the `step`th time that it changed the memory. */
async function dieWhilePutting(ring: WriteBehind, step: number): Promise<number> {
  const worker = new Worker(DYING, { workerData: { wire: ring.wire, ino: A, step } });
  const { threadId } = worker;
  await new Promise((resolve) => worker.on('exit', resolve));
  return threadId;
}

test('a thread that dies while it puts a record keeps nobody out', async (t) => {
  for (let step = 1; step <= 12; step += 1) {
    const ring = new WriteBehind();
    const dead = await dieWhilePutting(ring, step);
    t.is(new Int32Array(ring.wire.ring)[0], dead + 1, 'it had the lock');
    // Another one waits for it meanwhile.
    const waiter = new Worker(APPENDER, { workerData: { wire: ring.wire, ino: B, count: 1 } });
    const ended = new Promise((resolve) => waiter.on('exit', resolve));
    await new Promise((resolve) => waiter.on('online', resolve));
    ring.bury(dead + 1000);
    ring.bury(dead);
    t.is(await ended, 0);
    const records = ring.take();
    t.is(records.at(-1)?.ino, B);
    t.true(records.length === 1 || records[0]?.ino === A, `step ${step}`);
    ring.done(records);
    t.false(ring.hasPending);
    t.true(new BehindTotals(ring.wire.totals).records >= 0);
    t.false(ring.take().length > 0);
    ring.access(A);
    t.deepEqual([ring.isPending(A), ring.take().length], [true, 1]);
  }
});

test('threads that put at the same time lose nothing and tear nothing', async (t) => {
  const ring = new WriteBehind();
  const counts = [4000, 4000, 4000];
  const threads = counts.map(
    (count, index) =>
      new Worker(APPENDER, { workerData: { wire: ring.wire, ino: index + 1, count } }),
  );
  const ended = threads.map((worker) => new Promise((resolve) => worker.on('exit', resolve)));
  const seen = counts.map(() => 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  while (sum < total) {
    const records = ring.take();
    for (const record of records) {
      const { ino, offset, data } = record as BehindRecord & { readonly type: 'write' };
      const index = ino - 1;
      t.is(offset, seen[index] ?? 0, 'each thread in its order');
      t.true(data.every((byte) => byte === (offset + ino) % 256));
      seen[index] = offset + 1;
    }
    ring.done(records);
    sum += records.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.deepEqual(seen, counts);
  t.deepEqual(await Promise.all(ended), [0, 0, 0]);
  t.false(ring.hasPending);
});
