/** Positions in directories, as two threads of a mount know them. */
import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import test from 'ava';
import type { Ino } from '#src/core/ino.js';
import { createPositionBoard, Positions } from '#src/fuse/positions.js';

const A = 10 as Ino;
const B = 11 as Ino;

interface Pair {
  readonly one: Positions;
  readonly two: Positions;
}

/** As two threads would have them; each channel has its own inbox. */
function withPair(keptMax: number, work: (pair: Pair) => void): void {
  const board = createPositionBoard();
  const name = randomUUID();
  const channels = [new BroadcastChannel(name), new BroadcastChannel(name)] as const;
  try {
    const [one, two] = channels.map((channel) => new Positions(board, channel, keptMax));
    work({ one, two } as Pair);
  } finally {
    for (const channel of channels) channel.close();
  }
}

test('what one thread told, all know', (t) => {
  withPair(1000, ({ one, two }) => {
    const first = one.tell(A, '', ['a', 'b', 'c']);
    const more = two.tell(A, 'c', ['d', 'e']);
    for (const positions of [one, two]) {
      t.is(positions.nameAt(A, first), 'a');
      t.is(positions.nameAt(A, first + 2), 'c');
      t.is(positions.nameAt(A, more + 1), 'e');
      t.is(positions.nameAt(B, first), undefined, 'of another directory');
      t.is(positions.nameAt(A, more + 2), undefined, 'never given out');
    }
    t.true(first > 2, 'the numbers of the dots are not given to names');
  });
});

test('the same names keep their numbers; others never get them', (t) => {
  withPair(1000, ({ one, two }) => {
    const first = one.tell(A, '', ['a', 'b']);
    t.is(two.tell(A, '', ['a', 'b']), first);
    const changed = two.tell(A, '', ['a', 'c']);
    t.true(changed > first + 1);
    t.is(one.nameAt(A, first + 1), 'b');
    t.is(one.nameAt(A, changed + 1), 'c');
  });
});

test('too many names: those of open directories stay, in all threads', (t) => {
  withPair(40, ({ one, two }) => {
    one.pin(A);
    const kept = one.tell(A, '', ['kept']);
    const lost = one.tell(B, '', ['lost']);
    t.true(two.remembers(A));
    t.true(two.remembers(B));
    two.tell(12 as Ino, '', ['x'.repeat(50)]);
    for (const positions of [one, two]) {
      t.is(positions.nameAt(A, kept), 'kept');
      t.is(positions.nameAt(B, lost), undefined);
      t.false(positions.remembers(A), 'a new listing is to begin');
      t.false(positions.remembers(B));
    }
    one.unpin(A);
    two.pin(A);
    const anew = two.tell(A, '', ['kept']);
    t.not(anew, kept, 'it was told in an earlier epoch');
    t.true(one.remembers(A));
    t.is(one.nameAt(A, anew), 'kept');
  });
});

test('the end of a listing is known to all, until something changes', (t) => {
  withPair(1000, ({ one, two }) => {
    const last = one.tell(A, '', ['a', 'b']) + 1;
    t.false(two.isEnd(last, 4));
    for (const number of [0, 1, 2]) t.false(two.isEnd(number, 0), 'a listing begins');
    one.noteEnd(last, 4);
    t.true(two.isEnd(last, 4));
    t.false(two.isEnd(last, 6), 'somebody has changed something');
    t.false(two.isEnd(last - 1, 4), 'it is not the last');
    two.noteEnd(last + 1024, 8);
    t.false(one.isEnd(last, 8), 'of another listing');
    const big = 2 ** 52 + 2;
    one.noteEnd(last, big);
    t.true(two.isEnd(last, big));
    t.false(two.isEnd(last, 2));
  });
});
