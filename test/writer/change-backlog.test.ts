/** How much waits for a client that does not take what it is told of commits. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { Ino } from '#src/core/ino.js';
import { CHANGES_BACKLOG_MAX, ChangeBacklog } from '#src/writer/change-backlog.js';
import { CHANGES_TAKEN, createDoorbell } from '#src/writer/doorbell.js';
import { ScriptedWriter } from './scripted-writer.js';

const CHANGE = { type: 'content', ino: 2 as Ino, version: 1 } as const;

test('what is over the bound is left out, said once, until all was handed out', (t) => {
  const doorbell = createDoorbell();
  const backlog = new ChangeBacklog(doorbell);
  t.is(backlog.admit(CHANGES_BACKLOG_MAX - 1), 'tell');
  t.is(backlog.admit(1), 'lose');
  t.is(backlog.admit(1), 'leave out');
  Atomics.add(doorbell, CHANGES_TAKEN, CHANGES_BACKLOG_MAX);
  t.is(backlog.admit(1), 'leave out', 'the message about it is still to be handed out');
  Atomics.add(doorbell, CHANGES_TAKEN, 1);
  t.is(backlog.admit(1), 'tell');
});

test('a commit that is over the bound alone is told, to who waits for nothing else', (t) => {
  const backlog = new ChangeBacklog(createDoorbell());
  t.is(backlog.admit(2 * CHANGES_BACKLOG_MAX), 'tell');
  t.is(backlog.admit(1), 'lose');
});

test('the counts go on where their cells wrap around', (t) => {
  const doorbell = createDoorbell();
  const backlog = new ChangeBacklog(doorbell);
  const message = CHANGES_BACKLOG_MAX - 1;
  for (let posted = 0; posted < 2 ** 33; posted += CHANGES_BACKLOG_MAX) {
    if (backlog.admit(message) !== 'tell') t.fail(`after ${posted}`);
    Atomics.add(doorbell, CHANGES_TAKEN, CHANGES_BACKLOG_MAX);
  }
  t.pass();
});

test('what came in the middle of a call counts until it is handed out', async (t) => {
  const doorbell = createDoorbell();
  const writer = new ScriptedWriter({}, doorbell);
  const told: string[] = [];
  const stop = writer.client.changes.subscribe({
    changed: (changes) => told.push(`${changes.length} changes`),
    lost: () => told.push('lost'),
  });
  writer.client.changes.receive({ kind: 'changes', changes: [CHANGE], committedMs: 0 }, true);
  writer.client.changes.receive({ kind: 'changesLost' }, true);
  t.is(Atomics.load(doorbell, CHANGES_TAKEN), 0);
  t.deepEqual(told, []);
  await setImmediate();
  t.is(Atomics.load(doorbell, CHANGES_TAKEN), 3);
  t.deepEqual(told, ['1 changes', 'lost']);
  stop();
  writer.client.changes.receive({ kind: 'changes', changes: [CHANGE], committedMs: 0 }, false);
  t.is(Atomics.load(doorbell, CHANGES_TAKEN), 5, 'counted when nobody listens any more, too');
  writer.end();
});
