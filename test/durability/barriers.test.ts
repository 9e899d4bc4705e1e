/**
 * What the durability levels promise, seen from below: the system calls of a process that writes,
 * recorded with strace. Where strace cannot be used, these tests end with a printed reason;
 * `barrier-calls.test.ts` shows the same from inside.
 */
import test, { type ExecutionContext } from 'ava';
import { betweenMarks, isSyncedAtEnd, syncsOf, trace, whyNoTrace } from './trace.js';

const reason = whyNoTrace();

function traced(title: string, check: (t: ExecutionContext) => Promise<void>): void {
  test(title, async (t) => {
    t.timeout(60_000);
    if (reason === undefined) await check(t);
    else {
      t.log(`not run: ${reason}`);
      t.pass();
    }
  });
}

for (const durability of ['full', 'interval', 'normal'] as const) {
  traced(`volume.sync() syncs the log before it resolves with '${durability}'`, async (t) => {
    const events = await trace('volumeSync', { durability, syncIntervalMs: 60_000 });
    const written = betweenMarks(events, 'opened', 'written');
    t.true(written.some(({ what, on }) => what === 'write' && on === 'wal'));
    t.true(syncsOf(betweenMarks(events, 'written', 'synced'), 'wal') >= 1);
    t.true(isSyncedAtEnd(betweenMarks(events, 'opened', 'synced'), 'wal'));
  });

  traced(`FileHandle.sync() and datasync() sync the log with '${durability}'`, async (t) => {
    const events = await trace('handleSync', { durability, syncIntervalMs: 60_000 });
    t.true(syncsOf(betweenMarks(events, 'written', 'synced'), 'wal') >= 1);
    t.true(isSyncedAtEnd(betweenMarks(events, 'opened', 'synced'), 'wal'));
    t.true(syncsOf(betweenMarks(events, 'synced', 'synced again'), 'wal') >= 1);
    t.true(isSyncedAtEnd(betweenMarks(events, 'opened', 'synced again'), 'wal'));
    t.is(syncsOf(betweenMarks(events, 'synced again', 'synced once more'), 'wal'), 0);
  });
}

traced("with 'full' each write is synced before it is acknowledged", async (t) => {
  const events = await trace('writes', { durability: 'full' });
  for (let round = 1; round <= 5; round += 1) {
    const from = round === 1 ? 'opened' : `written ${round - 1}`;
    const happened = betweenMarks(events, from, `written ${round}`);
    t.true(happened.some(({ what, on }) => what === 'write' && on === 'wal'));
    t.true(isSyncedAtEnd(happened, 'wal'), `write ${round}`);
  }
});

for (const durability of ['normal', 'off'] as const) {
  traced(`with '${durability}' writes are not synced until asked for`, async (t) => {
    const events = await trace('writes', { durability });
    t.is(syncsOf(betweenMarks(events, 'opened', 'done'), 'wal'), 0);
    t.is(syncsOf(betweenMarks(events, 'opened', 'done'), 'main'), 0);
  });
}

traced(
  "with 'interval' a write is synced within the interval without being asked for",
  async (t) => {
    const events = await trace('writeAndWait', { durability: 'interval', syncIntervalMs: 800 });
    t.true(isSyncedAtEnd(betweenMarks(events, 'opened', 'waited'), 'wal'));
  },
);

traced("with 'interval' a long interval holds the sync back", async (t) => {
  const events = await trace('writes', { durability: 'interval', syncIntervalMs: 60_000 });
  t.is(syncsOf(betweenMarks(events, 'written 1', 'done'), 'wal'), 0);
});

traced("with 'off' a barrier reaches the log and the database file", async (t) => {
  const events = await trace('checkpointThenSync', { durability: 'off' });
  t.is(syncsOf(betweenMarks(events, 'opened', 'written'), 'main'), 0);
  const barrier = betweenMarks(events, 'written', 'synced');
  t.true(syncsOf(barrier, 'wal') >= 1);
  t.true(syncsOf(barrier, 'main') >= 1);
  const all = betweenMarks(events, 'opened', 'synced');
  t.true(isSyncedAtEnd(all, 'main'));
});
