/** When the log is moved and cut off, on a clock of the test's own. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { resolveOptions } from '#src/core/options.js';
import { openVolume } from '#src/index.js';
import { ReaderPool } from '#src/readers/pool.js';
import { type Connection, openConnection } from '#src/sqlite/connection.js';
import { readersIn } from '#src/sqlite/log-readers.js';
import { walBytes } from '#src/sqlite/wal.js';
import { walHoldOf } from '#src/writer/checkpoint-gauges.js';
import { Checkpoints } from '#src/writer/checkpoints.js';
import { WriterGauges } from '#src/writer/gauges.js';
import { startChild } from '../support/child.js';
import { withFolder } from '../support/temporary-volume.js';

const MIB = 1024 * 1024;
const THRESHOLD_BYTES = MIB;
const SECOND_MS = 1000;
const READER = new URL('./reader-child.js', import.meta.url);

/** The log of a volume whose writer is this test: commits of chosen sizes, time as it likes. */
class Log {
  readonly path: string;
  readonly connection: Connection;
  readonly gauges = new WriterGauges();
  readonly checkpoints: Checkpoints;
  nowMs = 0;
  #rows = 0;

  constructor(path: string, checkpointWalBytes = THRESHOLD_BYTES) {
    this.path = path;
    this.connection = openConnection(path, {
      role: 'writer',
      cacheBytes: MIB,
      busyTimeoutMs: 1000,
      synchronous: 'OFF',
    });
    this.checkpoints = new Checkpoints(
      this.connection,
      resolveOptions({ checkpointWalBytes, durability: 'off' }),
      this.gauges,
      () => this.nowMs,
    );
  }

  /** Changes a row of 64 KiB, so that the database does not grow with the log. */
  commit(): void {
    this.#rows += 1;
    this.connection.execute('BEGIN IMMEDIATE');
    this.connection
      .statement<[string, Buffer], never>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
      .run(`test ${this.#rows % 16}`, Buffer.alloc(65_536, this.#rows));
    this.connection.execute('COMMIT');
    this.checkpoints.noteCommit();
  }

  /** What the writer does between batches. */
  idle(): void {
    if (this.checkpoints.wantsInline) this.checkpoints.runInline();
  }

  /** Seconds in which nothing is written. */
  async quiet(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += SECOND_MS;
      this.checkpoints.tick();
      this.idle();
      // A run in the background ends in real time.
      await this.checkpoints.settled();
    }
  }

  get bytes(): number {
    return walBytes(this.path);
  }

  async close(): Promise<void> {
    await this.checkpoints.close();
    this.connection.close();
  }
}

async function withLog(
  fn: (log: Log) => Promise<void>,
  checkpointWalBytes?: number,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'test.cabinet');
    await (await openVolume(path)).close();
    const log = new Log(path, checkpointWalBytes);
    try {
      await fn(log);
    } finally {
      await log.close();
    }
  });
}

function commits(log: Log, count: number): void {
  for (let index = 0; index < count; index += 1) log.commit();
}

test('in a quiet moment a long log is moved and its file cut off', async (t) => {
  await withLog(async (log) => {
    commits(log, 40);
    t.true(log.bytes > THRESHOLD_BYTES);
    await log.quiet(2);
    t.true(log.bytes > THRESHOLD_BYTES, 'it is not quiet yet');
    await log.quiet(3);
    t.is(log.bytes, 0);
    t.is(log.gauges.get('checkpointMode'), 3);
    t.is(log.gauges.get('checkpointBusy'), 0);
    t.is(log.gauges.get('checkpointsTruncateOk'), 1);
    t.is(walHoldOf(log.gauges), undefined);
    const checkpoints = log.gauges.get('checkpoints');
    await log.quiet(100);
    t.is(log.gauges.get('checkpoints'), checkpoints, 'an idle volume is left alone');
  });
});

test('a short log is left alone in quiet moments', async (t) => {
  await withLog(async (log) => {
    commits(log, 4);
    const { bytes } = log;
    await log.quiet(100);
    t.is(log.bytes, bytes);
    t.is(log.gauges.get('checkpoints'), 0);
  });
});

test('a log that a reader made grow gets a bounded file when it is next written from its start', async (t) => {
  await withLog(async (log) => {
    const pool = new ReaderPool(log.path, resolveOptions());
    const lease = await pool.lease();
    for (let round = 0; round < 100; round += 1) {
      log.commit();
      log.idle();
    }
    t.true(log.bytes > 3 * THRESHOLD_BYTES, `${log.bytes}`);
    await lease.release();
    log.checkpoints.requestNow('restart');
    log.commit();
    t.true(log.bytes <= 3 * THRESHOLD_BYTES, `${log.bytes}`);
    await pool.close(0);
  });
});

test('a reader of another process that never ends is named, and when it ends the log is moved', async (t) => {
  await withLog(async (log) => {
    const child = startChild(READER);
    await child.ask('open', log.path);
    await child.ask('pin');
    for (let round = 0; round < 100; round += 1) {
      log.commit();
      log.idle();
    }
    t.true(log.bytes > 3 * THRESHOLD_BYTES, 'the log cannot be bounded');
    const hold = walHoldOf(log.gauges);
    t.true((hold?.frames ?? 0) > 0);
    t.true((hold?.sinceMs ?? 0) > 0 && (hold?.sinceMs ?? 0) <= Date.now());
    if (process.platform === 'linux') t.is(hold?.pid, child.process.pid ?? 0);
    t.is(log.gauges.get('checkpointBusy'), 1);
    t.true(log.gauges.get('checkpointsPassiveBusy') > 0);
    const attempts = log.gauges.get('checkpoints');
    await log.quiet(3600);
    t.is(walHoldOf(log.gauges)?.sinceMs, hold?.sinceMs, 'since when stays');
    t.true(log.gauges.get('checkpoints') - attempts < 60, 'tried ever more seldom');
    await child.kill();
    await log.quiet(30);
    t.is(walHoldOf(log.gauges), undefined);
    t.is(log.bytes, 0);
  });
});

test('a reader that only keeps the log from being cut off is told too', async (t) => {
  await withLog(async (log) => {
    commits(log, 40);
    await log.checkpoints.settled();
    const child = startChild(READER);
    await child.ask('open', log.path);
    // Its mark is at the end of the log: all can be moved, and the file must stay.
    log.commit();
    await child.ask('pin');
    await log.quiet(10);
    t.true(log.bytes > THRESHOLD_BYTES);
    t.is(log.gauges.get('walFrames'), log.gauges.get('checkpointedFrames'));
    t.true(log.gauges.get('checkpointsTruncateBusy') > 0);
    t.not(walHoldOf(log.gauges), undefined);
    await child.ask('release');
    await log.quiet(30);
    t.is(log.bytes, 0);
    t.is(walHoldOf(log.gauges), undefined);
    await child.end();
  });
});

test('checkpoints that are asked for are counted by mode and result', async (t) => {
  await withLog(async (log) => {
    const pool = new ReaderPool(log.path, resolveOptions());
    commits(log, 3);
    log.checkpoints.requestNow('full');
    t.is(log.gauges.get('checkpointsFullOk'), 1);
    t.true(log.gauges.get('checkpointMovedFrames') > 0);
    const lease = await pool.lease();
    log.commit();
    t.true(log.checkpoints.requestNow('restart').busy);
    t.is(log.gauges.get('checkpointsRestartBusy'), 1);
    t.is(log.gauges.get('checkpointMode'), 2);
    await lease.release();
    log.checkpoints.requestNow('truncate');
    t.is(log.gauges.get('checkpointsTruncateOk'), 1);
    t.true(log.gauges.get('checkpointEndedMs') > 0);
    await pool.close(0);
  });
});

/** Most that the log may have: the documented bound, and what is written while one view lasts. */
function assertBounded(t: ExecutionContext, bytes: number): void {
  t.true(bytes <= 8 * THRESHOLD_BYTES, `the log has ${bytes} bytes`);
}

test('eight hours of mixed load with a reader that never ends: the log stays bounded', async (t) => {
  // Real time is a two-thousandth of the simulated: a view of ten minutes lasts 300 ms.
  await withLog(async (log) => {
    const pool = new ReaderPool(log.path, resolveOptions({ snapshotAgeMaxMs: 300 }));
    pool.beforeFirstView = async () => log.checkpoints.makeRoom();
    let lease = await pool.lease();
    let held = 0;
    let free = 0;
    let largest = 0;
    const HOURS = 8;
    for (let minute = 0; minute < HOURS * 60; minute += 1) {
      // Busy minutes, calm ones, and now and then five minutes of nothing.
      const busy = minute % 3 === 0 ? 6 : 1;
      for (let index = 0; index < busy; index += 1) log.commit();
      log.idle();
      await log.quiet(minute % 30 === 29 ? 300 : 60 - busy);
      largest = Math.max(largest, log.bytes);
      if (walHoldOf(log.gauges) === undefined) free += 1;
      else held += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      // Who reads notices that the view is gone, and begins anew: it never stops reading.
      if (pool.state.oldestSnapshotMs === 0) {
        t.throws(() => lease.read((store) => store.inodes.get(1 as never)), {
          message: /300 ms/,
        });
        await lease.release();
        lease = await pool.lease();
      }
    }
    t.log(`largest log ${(largest / MIB).toFixed(1)} MiB, minutes held ${held}, free ${free}`);
    assertBounded(t, largest);
    t.true(free > 0);
    await lease.release();
    await pool.close(0);
    await log.quiet(60);
    t.is(log.bytes, 0);
    t.true(statSync(log.path).size < 8 * MIB);
  });
});

test('the limit of the file is set and read back', async (t) => {
  await withLog(async (log) => {
    t.is(log.connection.pragma('journal_size_limit'), 3 * THRESHOLD_BYTES);
  });
});

test('readers are found in the list of locks by the index of the log', (t) => {
  const locks = [
    '1: POSIX  ADVISORY  READ  101 fd:01:77 124 124',
    '2: POSIX  ADVISORY  READ  102 fd:01:78 124 124',
    '3: POSIX  ADVISORY  WRITE 103 fd:01:77 120 120',
    '4: POSIX  ADVISORY  READ  104 fd:01:77 128 128',
    '5: POSIX  ADVISORY  READ  101 fd:01:77 126 126',
    '6: POSIX  ADVISORY  READ  0 fd:01:77 125 125',
    '6: -> POSIX  ADVISORY  READ  105 fd:01:77 125 125',
    '7: FLOCK  ADVISORY  WRITE 106 fd:01:77 0 EOF',
  ];
  t.deepEqual(readersIn(locks.join('\n'), 77), [101]);
});
