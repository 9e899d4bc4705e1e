/** Backups by schedule, on a clock that the test moves. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { tryLockFile } from '#src/sqlite/file-lock.js';
import { deferred } from '../support/deferred.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { FakeClock } from './fake-clock.js';
import { START, StandIn, writeBackup } from './stand-in.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const OTHER_ID = 'b'.repeat(32);

async function withStandIn(
  options: ConstructorParameters<typeof StandIn>[1],
  work: (standIn: StandIn) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const standIn = new StandIn(folder, options);
    try {
      await work(standIn);
    } finally {
      await standIn.schedule.close();
    }
  });
}

test('a volume without a backup gets one at once, named after the time', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    t.deepEqual(standIn.names, ['site-20260504T100000.000Z.cabinet']);
    t.like(standIn.schedule.state, {
      running: false,
      lastOkMs: Date.parse(START),
      lastFailure: null,
      failuresInARow: 0,
      nextAttemptMs: Date.parse(START) + 15 * MINUTE_MS,
    });
  });
});

test('the next one comes when time has passed and something has changed', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(HOUR_MS);
    t.is(standIn.backups, 1, 'nothing has changed');
    standIn.change();
    await standIn.clock.pass(1000);
    t.is(standIn.backups, 2, 'the change is noticed within a second');
    standIn.change();
    await standIn.clock.pass(14 * MINUTE_MS);
    t.is(standIn.backups, 2);
    await standIn.clock.pass(MINUTE_MS);
    t.is(standIn.backups, 3);
  });
});

test('many changes make it come sooner', async (t) => {
  const rules = [
    { everySeconds: 900, minChanges: 1 },
    { everySeconds: 60, minChanges: 10_000 },
  ];
  await withStandIn({ rules }, async (standIn) => {
    await standIn.clock.pass(0);
    standIn.change(9999);
    await standIn.clock.pass(5 * MINUTE_MS);
    t.is(standIn.backups, 1);
    standIn.change(1);
    await standIn.clock.pass(1000);
    t.is(standIn.backups, 2);
  });
});

test('changes during a backup count for the next', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    standIn.change();
    const gate = deferred<void>();
    standIn.gate = gate.promise;
    const passing = standIn.clock.pass(15 * MINUTE_MS);
    await untilRunning(standIn);
    standIn.change();
    gate.resolve();
    await passing;
    standIn.gate = undefined;
    await standIn.clock.pass(15 * MINUTE_MS);
    t.is(standIn.backups, 3);
    await standIn.clock.pass(HOUR_MS);
    t.is(standIn.backups, 3);
  });
});

async function untilRunning(standIn: StandIn): Promise<void> {
  await until('a backup runs', () => standIn.schedule.state.running);
}

test('after a restart the age comes from the directory', async (t) => {
  await withFolder(async (folder) => {
    const before = new StandIn(folder);
    await before.clock.pass(0);
    await before.schedule.close();
    const clock = new FakeClock('2026-05-04T10:10:00Z');
    const after = new StandIn(folder, {}, clock);
    after.commit = 5;
    await clock.pass(4 * MINUTE_MS);
    t.is(after.backups, 0);
    t.is(after.schedule.state.lastOkMs, Date.parse(START));
    await clock.pass(MINUTE_MS);
    t.is(after.backups, 1);
    await after.schedule.close();
    const unchanged = new StandIn(folder, {}, new FakeClock('2026-05-05T10:00:00Z'));
    unchanged.commit = 5;
    await unchanged.clock.pass(HOUR_MS);
    t.is(unchanged.backups, 0, 'nothing was committed since');
    await unchanged.schedule.close();
  });
});

test('what became due while the computer slept is made up for', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    standIn.change();
    await standIn.clock.pass(MINUTE_MS);
    // The clock goes on during sleep, timers do not.
    standIn.clock.shift(8 * HOUR_MS);
    await standIn.clock.pass(MINUTE_MS);
    t.is(standIn.backups, 2);
  });
});

test('a clock that is set back does not stop backups', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    standIn.clock.shift(-24 * HOUR_MS);
    await standIn.clock.pass(MINUTE_MS);
    t.is(standIn.backups, 2);
    await standIn.clock.pass(10 * MINUTE_MS);
    t.is(standIn.backups, 2, 'and does not start them without end');
    t.is(standIn.names.length, 2, 'the one of the future is kept');
  });
});

test('failures are told and tried again, later each time', async (t) => {
  await withStandIn({}, async (standIn) => {
    standIn.failure = new Error('the disk is full');
    await standIn.clock.pass(0);
    const startMs = Date.parse(START);
    t.deepEqual(standIn.schedule.state, {
      running: false,
      lastOkMs: null,
      lastFailure: { atMs: startMs, message: 'the disk is full' },
      failuresInARow: 1,
      nextAttemptMs: startMs + 10_000,
    });
    await standIn.clock.pass(10_000 + 20_000 + 40_000);
    t.like(standIn.schedule.state, {
      failuresInARow: 4,
      nextAttemptMs: startMs + 70_000 + 80_000,
    });
    standIn.failure = undefined;
    await standIn.clock.pass(80_000);
    t.like(standIn.schedule.state, { failuresInARow: 0, lastOkMs: startMs + 150_000 });
    t.is(standIn.schedule.state.lastFailure?.message, 'the disk is full');
  });
});

test('a backup that does not show up is a failure, not a loop', async (t) => {
  await withStandIn({}, async (standIn) => {
    const gate = deferred<void>();
    standIn.gate = gate.promise;
    standIn.clock.fire();
    await untilRunning(standIn);
    // Its manifest will name other bytes than the file has.
    mkdirSync(join(standIn.folder, 'site-20260504T100000.000Z.cabinet'));
    gate.resolve();
    await standIn.clock.settled();
    t.is(standIn.schedule.state.failuresInARow, 1);
  });
});

test('old backups are removed with their manifests, others are left alone', async (t) => {
  await withFolder(async (folder) => {
    const clock = new FakeClock(START);
    const old = (name: string): string => join(folder, name);
    writeBackup(old('site-20260101T000000.000Z.cabinet'), Date.parse('2026-01-01T00:00:00Z'));
    writeFileSync(old('site-20260101T000000.000Z.cabinet-shm'), '');
    writeBackup(old('site-20260102T000000.000Z.cabinet'), Date.parse('2026-01-02T00:00:00Z'), {
      volumeId: OTHER_ID,
    });
    writeBackup(old('site-before-the-move.cabinet'), Date.parse('2026-01-03T00:00:00Z'));
    writeBackup(old('other-20260104T000000.000Z.cabinet'), Date.parse('2026-01-04T00:00:00Z'));
    writeBackup(old('site-20260105T000000.000Z.cabinet'), Date.parse('2026-01-05T00:00:00Z'), {
      bytes: 5,
    });
    writeFileSync(old('site-20260106T000000.000Z.cabinet'), 'without a manifest');
    writeFileSync(old('site-20260107T000000.000Z.cabinet'), 'with a broken one');
    writeFileSync(old('site-20260107T000000.000Z.cabinet.json'), '{');
    writeBackup(old('site-20260108T000000.000Z.cabinet'), Date.parse('2026-01-08T00:00:00Z'));
    rmSync(old('site-20260108T000000.000Z.cabinet'));
    const untouched = readdirSync(folder).filter((name) => !/2026010[18]/.test(name));
    const keep = { last: 1, hourly: 0, daily: 0, weekly: 0 };
    const standIn = new StandIn(folder, { keep }, clock);
    standIn.change();
    await clock.pass(0);
    const made = 'site-20260504T100000.000Z.cabinet';
    const expected = [...untouched, made, `${made}.json`].sort();
    const found = readdirSync(folder)
      .filter((name) => !name.endsWith('.lock'))
      .sort();
    t.deepEqual(found, expected);
    t.is(standIn.schedule.state.lastFailure, null);
    await standIn.schedule.close();
  });
});

test('tiers keep backups over weeks', async (t) => {
  const keep = { last: 2, hourly: 3, daily: 2, weekly: 2 };
  await withStandIn({ keep, rules: [{ everySeconds: 1800, minChanges: 1 }] }, async (standIn) => {
    for (let count = 0; count < 48 * 20; count += 1) {
      standIn.change();
      await standIn.clock.pass(30 * MINUTE_MS);
    }
    t.deepEqual(
      standIn.names.map((name) => name.slice(0, 'site-20260517T2330'.length)),
      [
        'site-20260517T2330',
        'site-20260523T2330',
        'site-20260524T0730',
        'site-20260524T0830',
        'site-20260524T0900',
        'site-20260524T0930',
      ],
    );
  });
});

test('while another process makes a backup, none is made', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    const lockName = readdirSync(standIn.folder).find((name) => name.endsWith('.lock')) as string;
    const lock = tryLockFile(standIn.pathOf(lockName));
    t.not(lock, undefined);
    t.is(tryLockFile(standIn.pathOf(lockName)), undefined);
    standIn.change();
    await standIn.clock.pass(16 * MINUTE_MS);
    t.is(standIn.backups, 1);
    t.is(standIn.schedule.state.failuresInARow, 0);
    lock?.release();
    await standIn.clock.pass(5000);
    t.is(standIn.backups, 2);
  });
});

test('a backup that another process has made counts', async (t) => {
  await withStandIn({}, async (standIn) => {
    await standIn.clock.pass(0);
    standIn.change();
    await standIn.clock.pass(14 * MINUTE_MS);
    const theirs = standIn.pathOf('site-20260504T101400.000Z.cabinet');
    writeBackup(theirs, standIn.clock.nowMs(), { commit: standIn.commit });
    await standIn.clock.pass(HOUR_MS);
    t.is(standIn.backups, 1);
    standIn.change();
    await standIn.clock.pass(1000);
    t.is(standIn.backups, 2);
  });
});

test('closing ends a backup that is under way, and that is no failure', async (t) => {
  await withStandIn({}, async (standIn) => {
    standIn.gate = new Promise(() => undefined);
    standIn.clock.fire();
    await untilRunning(standIn);
    t.is(standIn.schedule.state.nextAttemptMs, null);
    await standIn.schedule.close();
    t.like(standIn.schedule.state, { running: false, lastFailure: null, failuresInARow: 0 });
    t.deepEqual(standIn.names, []);
  });
});

test('a directory that has gone is made again', async (t) => {
  await withFolder(async (parent) => {
    const folder = join(parent, 'deep', 'backups');
    const standIn = new StandIn(folder);
    t.true(existsSync(folder));
    await standIn.clock.pass(0);
    rmSync(join(parent, 'deep'), { recursive: true });
    standIn.change();
    await standIn.clock.pass(15 * MINUTE_MS);
    t.is(standIn.names.length, 1);
    await standIn.schedule.close();
  });
});

test('a directory that cannot be used is refused at once', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const dir of [file, join(file, 'below')]) {
      t.throws(() => new StandIn(dir), { code: 'ERR_OPTION_INVALID' });
    }
  });
});
