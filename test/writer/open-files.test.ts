/** What clients hold open: alone, and as a group of which any member may close what another has opened. */
import test from 'ava';
import { HoldBoard } from '#src/core/hold-board.js';
import type { Ino } from '#src/core/ino.js';
import { OpenFiles } from '#src/writer/open-files.js';

const A = 10 as Ino;

test('a client closes what it has opened itself', (t) => {
  const open = new OpenFiles();
  open.add(1, A);
  t.false(open.remove(2, A));
  t.true(open.isOpen(A));
  t.true(open.remove(1, A));
  t.false(open.isOpen(A));
});

test('in a group anybody closes, and the last one to go closes the rest', (t) => {
  const open = new OpenFiles();
  const board = new HoldBoard();
  for (const client of [1, 2]) open.join(client, 'mount', board);
  open.add(1, A);
  board.hold(A);
  t.is(open.size, 2);
  board.release(A);
  t.false(open.remove(2, A));
  t.false(open.removeClient(1));
  t.true(open.isOpen(A));
  t.true(open.removeClient(2));
  t.false(open.isOpen(A));
  t.is(open.size, 0);
});

test('who closes the last hold of what is kept is told to say so', (t) => {
  const open = new OpenFiles();
  const board = new HoldBoard();
  open.join(1, 'mount', board);
  board.hold(A);
  board.hold(A);
  t.false(board.release(A), 'held once more');
  t.true(open.keeps(A));
  t.true(board.release(A), 'the last, and it is kept');
  t.false(open.keeps(A));
  open.noteNothingKept();
  board.hold(A);
  t.false(board.release(A), 'nothing is kept');
});

test('two mounts hold what either has open', (t) => {
  const open = new OpenFiles();
  const boards = [new HoldBoard(), new HoldBoard()] as const;
  open.join(1, 'one', boards[0]);
  open.join(2, 'other', boards[1]);
  boards[0].hold(A);
  boards[1].hold(A);
  boards[0].release(A);
  t.true(open.isOpen(A));
  boards[1].release(A);
  t.false(open.isOpen(A));
});
