/** When a barrier has to reach the disk, and who does it. */
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { WalBarrier } from '#src/sqlite/wal.js';
import { sqliteError, withFault } from '../support/statement-faults.js';
import { withFolder } from '../support/temporary-volume.js';
import { job, WriterInProcess, whenRunning, writeFile } from './writer-in-process.js';

/** Much more than one of them takes at once on any machine. */
const ATTEMPTS = 200;

async function withWriter(
  t: ExecutionContext,
  work: (own: WriterInProcess) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder, { durability: 'normal' });
    await work(own);
    t.pass();
  });
}

/** Replaces how the log is synced on the calling thread. */
function replaceSyncHere(syncHere: () => void): () => void {
  const original = WalBarrier.prototype.syncHere;
  WalBarrier.prototype.syncHere = syncHere;
  return () => {
    WalBarrier.prototype.syncHere = original;
  };
}

/** Commits and syncs, alone, until the writer does it at once. */
async function syncUntilAtOnce(own: WriterInProcess): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    own.run(job(writeFile('/file', String(attempt))));
    const synced = own.writer.sync(true);
    if (synced === undefined) return;
    await synced;
  }
  throw new Error('no sync was quick enough');
}

test.serial('a barrier with nothing new to sync leaves the disk alone', async (t) => {
  await withWriter(t, async (own) => {
    own.run(job(writeFile('/file', 'a')));
    await own.writer.sync();
    t.is(own.gauges.get('unsyncedCommits'), 0);
    t.is(own.writer.sync(), undefined);
    own.run(job(writeFile('/file', 'b')));
    const again = own.writer.sync();
    t.truthy(again);
    await again;
    t.is(own.writer.sync(), undefined);
    await own.writer.close();
  });
});

test.serial('what another program has committed is synced, too', async (t) => {
  await withWriter(t, async (own) => {
    await own.writer.sync();
    t.is(own.writer.sync(), undefined);
    const other = new Database(own.path);
    other.exec("INSERT INTO meta VALUES ('note', 1)");
    const synced = own.writer.sync();
    t.truthy(synced);
    await synced;
    t.is(own.writer.sync(), undefined);
    other.close();
    await own.writer.close();
  });
});

test.serial('the first barrier after opening always reaches the disk', async (t) => {
  await withFolder(async (folder) => {
    // Its own commits are synced, but a log of before may never have been.
    const own = new WriterInProcess(folder, { durability: 'full' });
    const synced = own.writer.sync();
    t.truthy(synced);
    await synced;
    t.is(own.writer.sync(), undefined);
    own.run(job(writeFile('/file', 'a')));
    t.is(own.writer.sync(), undefined);
    await own.writer.close();
  });
});

test.serial('who is alone syncs at once where the disk is quick', async (t) => {
  await withWriter(t, async (own) => {
    let syncs = 0;
    const putBack = replaceSyncHere(() => {
      syncs += 1;
    });
    try {
      await syncUntilAtOnce(own);
      t.is(syncs, 1);
      own.run(job(writeFile('/file', 'b')));
      const beside = own.writer.sync(false);
      t.truthy(beside, 'not while others wait');
      await beside;
      t.is(syncs, 1);
    } finally {
      putBack();
    }
    await own.writer.close();
  });
});

test.serial('a slow disk is waited for on another thread', async (t) => {
  await withWriter(t, async (own) => {
    const putBack = replaceSyncHere(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    });
    try {
      await syncUntilAtOnce(own);
      own.run(job(writeFile('/file', 'b')));
      const synced = own.writer.sync(true);
      t.truthy(synced, 'the one before took 10 ms');
      await synced;
    } finally {
      putBack();
    }
    await own.writer.close();
  });
});

test.serial('much that is not synced yet is synced on another thread', async (t) => {
  await withWriter(t, async (own) => {
    const putBack = replaceSyncHere(() => undefined);
    try {
      await syncUntilAtOnce(own);
      own.run(job(writeFile('/big', 'x'.repeat(1024 * 1024))));
      const synced = own.writer.sync(true);
      t.truthy(synced);
      await synced;
    } finally {
      putBack();
    }
    await own.writer.close();
  });
});

test.serial('after a sync that failed none is tried that would prove nothing', async (t) => {
  await withWriter(t, async (own) => {
    const original = WalBarrier.prototype.sync;
    let syncs = 0;
    WalBarrier.prototype.sync = async () => {
      syncs += 1;
      if (syncs === 1) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    try {
      own.run(job(writeFile('/file', 'a')));
      const first = own.writer.sync();
      own.run(job(writeFile('/file', 'b')));
      const next = own.writer.sync();
      await t.throwsAsync(async () => await first, { code: 'ERR_IO' });
      await t.throwsAsync(async () => await next, { code: 'ERR_IO' });
      t.is(syncs, 1);
      t.true(own.gauges.get('unsyncedCommits') >= 2);
    } finally {
      WalBarrier.prototype.sync = original;
    }
    await own.writer.close();
  });
});

test.serial(
  'where SQLite cannot tell whether others have committed, the log is synced',
  async (t) => {
    await withWriter(t, async (own) => {
      await own.writer.sync();
      const broken = whenRunning('PRAGMA data_version', () => sqliteError('SQLITE_IOERR_READ'));
      const synced = withFault(broken, () => own.writer.sync());
      t.truthy(synced);
      await synced;
      await own.writer.sync();
      t.is(own.writer.sync(), undefined, 'now it can be told');
      await own.writer.close();
    });
  },
);

test.serial('a disk that refuses stops the writer', async (t) => {
  await withWriter(t, async (own) => {
    const putBack = replaceSyncHere(() => {
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    });
    try {
      await t.throwsAsync(syncUntilAtOnce(own), { code: 'ERR_IO' });
    } finally {
      putBack();
    }
    t.deepEqual(
      own.failures.map(({ code }) => code),
      ['ERR_IO'],
    );
    t.true(own.gauges.get('unsyncedCommits') > 0);
    await t.throwsAsync(async () => own.writer.sync(), { code: 'ERR_IO' });
    await own.writer.close();
  });
});
