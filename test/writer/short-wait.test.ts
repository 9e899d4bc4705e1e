/** Looking for an answer before sleeping: when it is done, and when it is given up. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import {
  BESIDE,
  canLook,
  createDoorbell,
  type Doorbell,
  FROM_CLIENT,
  FROM_WRITER,
  look,
  ring,
} from '#src/writer/doorbell.js';
import { ShortWait } from '#src/writer/short-wait.js';

const LONG_MS = 60_000;

/** Rings the bell from another thread as soon as this one has rung it. */
function startRinger(bell: Doorbell): Worker {
  const code = `
    const { workerData: bell } = require('node:worker_threads');
    Atomics.wait(bell, ${FROM_CLIENT}, 0);
    Atomics.add(bell, ${FROM_WRITER}, 1);
    Atomics.notify(bell, ${FROM_WRITER});
  `;
  return new Worker(code, { eval: true, workerData: bell });
}

test('what has been posted is seen at once', (t) => {
  const bell = createDoorbell();
  ring(bell, FROM_WRITER);
  t.true(look(bell, FROM_WRITER, 0, 0));
  t.false(look(bell, FROM_WRITER, 1, 0));
});

test('what another thread posts meanwhile is seen', async (t) => {
  const bell = createDoorbell();
  const ringer = startRinger(bell);
  ring(bell, FROM_CLIENT);
  if (canLook(0)) t.true(look(bell, FROM_WRITER, 0, LONG_MS));
  else t.not(Atomics.wait(bell, FROM_WRITER, 0), 'timed-out');
  await ringer.terminate();
});

test('nobody looks where other threads want the processors', (t) => {
  const bell = createDoorbell();
  Atomics.store(bell, BESIDE, availableParallelism());
  t.false(look(bell, FROM_WRITER, 0, LONG_MS));
  ring(bell, FROM_WRITER);
  t.true(look(bell, FROM_WRITER, 0, LONG_MS), 'what is there is seen');
});

test('a turn of the event loop waits for its share, the next one anew', async (t) => {
  const bell = createDoorbell();
  const wait = new ShortWait();
  ring(bell, FROM_WRITER);
  t.true(wait.lookInTurn(bell, 0));
  const endMs = performance.now() + 5;
  while (performance.now() < endMs);
  t.false(wait.lookInTurn(bell, 0), 'the turn has had its share');
  await new Promise((resolve) => setImmediate(resolve));
  t.true(wait.lookInTurn(bell, 0));
});

test('waits that other threads forbid are not in vain', (t) => {
  const bell = createDoorbell();
  const wait = new ShortWait();
  Atomics.store(bell, BESIDE, availableParallelism());
  for (let refused = 0; refused < 15; refused += 1) t.false(wait.look(bell, 0));
  Atomics.store(bell, BESIDE, 0);
  ring(bell, FROM_WRITER);
  t.true(wait.look(bell, 0), 'none is left out after them');
});

test('after waits in vain most are left out, until one is not in vain', async (t) => {
  const bell = createDoorbell();
  const wait = new ShortWait();
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (let vain = 0; vain < 15; vain += 1) {
    t.false(wait.lookInTurn(bell, 0));
    await nextTurn();
  }
  ring(bell, FROM_WRITER);
  let leftOut = 0;
  while (!wait.lookInTurn(bell, 0)) {
    leftOut += 1;
    t.true(leftOut <= 16, 'it is tried again');
    await nextTurn();
  }
  t.true(leftOut > 0, 'some were left out');
  await nextTurn();
  t.true(wait.lookInTurn(bell, 0), 'none after one that was not in vain');
});
