/** What clients hold open: alone, and as a group of which any member may close what another has opened. */
import test from 'ava';
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
  for (const client of [1, 2]) open.join(client, 'mount');
  open.add(1, A);
  open.add(1, A);
  t.false(open.remove(2, A));
  t.false(open.removeClient(1));
  t.true(open.isOpen(A));
  t.true(open.removeClient(2));
  t.false(open.isOpen(A));
});

test('in a group a release that comes before its hold is made up for by it', (t) => {
  const open = new OpenFiles();
  for (const client of [1, 2]) open.join(client, 'mount');
  t.false(open.remove(2, A));
  t.false(open.remove(2, A));
  open.add(1, A);
  t.false(open.isOpen(A));
  open.add(1, A);
  t.false(open.isOpen(A));
  open.add(1, A);
  t.true(open.isOpen(A));
  t.true(open.remove(2, A));
  t.is(open.size, 0);
});

test('what a group has closed too early is forgotten with it', (t) => {
  const open = new OpenFiles();
  open.join(1, 'mount');
  open.remove(1, A);
  open.removeClient(1);
  open.join(2, 'mount');
  open.add(2, A);
  t.true(open.isOpen(A));
});
