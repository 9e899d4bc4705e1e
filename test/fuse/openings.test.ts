/** Openings of files, as two threads of a mount know them. */
import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import test from 'ava';
import type { Ino } from '#src/core/ino.js';
import { createOpeningBoard, Openings } from '#src/fuse/openings.js';

const A = 10 as Ino;
const B = 11 as Ino;

interface Pair {
  readonly one: Openings;
  readonly two: Openings;
}

/** As two threads would have them; each channel has its own inbox. */
function withPair(work: (pair: Pair) => void): void {
  const board = createOpeningBoard();
  const name = randomUUID();
  const channels = [new BroadcastChannel(name), new BroadcastChannel(name)] as const;
  try {
    const [one, two] = channels.map((channel) => new Openings(board, channel));
    work({ one, two } as Pair);
  } finally {
    for (const channel of channels) channel.close();
  }
}

test('a number is given out once, whichever thread does', (t) => {
  withPair(({ one, two }) => {
    const numbers = [one.open(), two.open(), one.open(), two.open()];
    t.is(new Set(numbers).size, 4);
    t.false(numbers.includes(0), 'no number is nought: requests without a handle have that');
  });
});

test('who locked through an opening is known to the thread that closes it, once', (t) => {
  withPair(({ one, two }) => {
    const fh = one.open();
    one.noteLocker(fh, A, 'p');
    two.noteLocker(fh, A, 'q');
    one.noteLocker(fh, A, 'p');
    t.deepEqual([...two.close(fh)].sort(), ['p', 'q']);
    t.deepEqual(one.close(fh), []);
    t.deepEqual(two.close(fh), []);
  });
});

test('an owner that has closed a descriptor of a file is forgotten with all openings of it', (t) => {
  withPair(({ one, two }) => {
    const [first, second, other] = [one.open(), two.open(), one.open()];
    one.noteLocker(first, A, 'p');
    two.noteLocker(second, A, 'p');
    two.noteLocker(second, A, 'q');
    one.noteLocker(other, B, 'p');
    two.forgetLocker(A, 'p');
    t.deepEqual(one.close(first), []);
    t.deepEqual(one.close(second), ['q']);
    t.deepEqual(two.close(other), ['p']);
  });
});

test('an opening is read for the first time once, as far as there is room to remember', (t) => {
  withPair(({ one, two }) => {
    const fh = one.open();
    t.true(one.isFirstRead(fh));
    t.false(two.isFirstRead(fh));
    t.false(one.isFirstRead(fh));
    const next = one.open();
    t.true(two.isFirstRead(next));
    t.false(two.isFirstRead(fh));
  });
});
