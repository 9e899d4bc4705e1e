/** Each check beyond its limits, by really bringing about what it tells of. */
import { statfsSync } from 'node:fs';
import test from 'ava';
import type { HealthCheckName } from '#src/index.js';
import { openVolume } from '#src/index.js';
import { openConnection } from '#src/sqlite/connection.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { record, whileBlocked } from './trouble.js';

const KIB = 1024;

function statusOf(volume: Volume, name: HealthCheckName): string {
  return volume.health().checks[name].status;
}

/** Writes without waiting; the promises. */
function writes(volume: Volume, count: number, bytes = 1): Promise<unknown>[] {
  const content = Buffer.alloc(bytes, 'x');
  return Array.from({ length: count }, (_, index) =>
    volume.fs.promises.writeFile(`/file-${index}`, content),
  );
}

// --- the queue -----------------------------------------------------------------------------------

test('a deep queue is degraded until it is answered', async (t) => {
  await withVolume(t, { health: { queueCommandsMax: 5 } }, async ({ volume }) => {
    let pending: Promise<unknown>[] = [];
    await whileBlocked(volume, () => {
      pending = writes(volume, 5);
      t.is(statusOf(volume, 'queueDepth'), 'ok');
      pending.push(volume.fs.promises.mkdir('/one-more'));
      const { status, value, limit, message } = volume.health().checks.queueDepth;
      t.deepEqual([status, value, limit], ['degraded', 6, 5]);
      t.regex(message, /6 writes wait/);
    });
    await Promise.all(pending);
    t.is(volume.health().checks.queueDepth.value, 0);
    t.is(statusOf(volume, 'queueDepth'), 'ok');
  });
});

test('callers that wait for room in a full queue count', async (t) => {
  const options: OpenOptions = { queueCommandsMax: 2, health: { queueCommandsMax: 3 } };
  await withVolume(t, options, async ({ volume }) => {
    let pending: Promise<unknown>[] = [];
    await whileBlocked(volume, () => {
      pending = writes(volume, 4);
      const { status, value, message } = volume.health().checks.queueDepth;
      t.deepEqual([status, value], ['degraded', 4]);
      t.regex(message, /2 of them for room/);
    });
    await Promise.all(pending);
  });
});

test('many bytes in the queue are degraded', async (t) => {
  await withVolume(t, { health: { queueBytesMax: 100 * KIB } }, async ({ volume }) => {
    let pending: Promise<unknown>[] = [];
    await whileBlocked(volume, () => {
      pending = writes(volume, 2, 60 * KIB);
      const { status, value } = volume.health().checks.queueBytes;
      t.deepEqual([status, value], ['degraded', 120 * KIB]);
    });
    await Promise.all(pending);
    t.is(statusOf(volume, 'queueBytes'), 'ok');
  });
});

test('a write that waits for long is degraded', async (t) => {
  await withVolume(t, { health: { queueAgeMaxMs: 50 } }, async ({ volume }) => {
    let pending: Promise<unknown>[] = [];
    await whileBlocked(volume, async () => {
      t.is(volume.health().checks.queueAge.value, 0);
      pending = writes(volume, 1);
      await until('the write is old', () => statusOf(volume, 'queueAge') === 'degraded');
      t.regex(volume.health().checks.queueAge.message, /has waited for/);
    });
    await Promise.all(pending);
    t.is(statusOf(volume, 'queueAge'), 'ok');
  });
});

// --- the log and those who read it ---------------------------------------------------------------

test('a view that never ends: the log grows, and health says why and since when', async (t) => {
  const options: OpenOptions = {
    checkpointWalBytes: 128 * KIB,
    health: {
      walBytesMax: 512 * KIB,
      walBytesUnhealthy: 1024 * KIB,
      snapshotAgeMaxMs: 100,
      walHeldMaxMs: 100,
    },
  };
  await withVolume(t, options, async ({ volume }) => {
    const lease = await volume.runner.lease();
    const seen = new Set<string>();
    await until('the log is far too long', async () => {
      await Promise.all(writes(volume, 8, 16 * KIB));
      seen.add(statusOf(volume, 'wal'));
      return seen.has('unhealthy');
    });
    t.deepEqual(seen, new Set(['ok', 'degraded', 'unhealthy']));
    await until('the view is old', () => statusOf(volume, 'snapshot') === 'degraded');
    await until('the hold is old', () => statusOf(volume, 'checkpoint') === 'degraded');
    t.regex(volume.health().checks.checkpoint.message, /end long reads/);
    await until('the view is more than a moment old', () =>
      /a view that has been read for .* in this process/.test(volume.health().checks.wal.message),
    );
    await lease.release();
    t.is(statusOf(volume, 'snapshot'), 'ok');
    await volume.checkpoint('truncate');
    t.is(volume.health().checks.wal.value, 0);
    t.deepEqual(
      [statusOf(volume, 'wal'), statusOf(volume, 'checkpoint'), volume.health().status],
      ['ok', 'ok', 'healthy'],
    );
  });
});

test('a log that another connection holds: the message does not blame this process', async (t) => {
  const options: OpenOptions = {
    checkpointWalBytes: 128 * KIB,
    health: { walBytesMax: 512 * KIB },
  };
  await withVolume(t, options, async ({ volume, file }) => {
    const other = openConnection(file, { role: 'reader', cacheBytes: 64 * KIB, busyTimeoutMs: 0 });
    other.execute('BEGIN');
    other.statement('SELECT 1 FROM meta LIMIT 1').get();
    await until('the log is too long and held', async () => {
      await Promise.all(writes(volume, 8, 16 * KIB));
      return /reads an old view/.test(volume.health().checks.wal.message);
    });
    t.is(statusOf(volume, 'wal'), 'degraded');
    other.execute('COMMIT');
    other.close();
    await volume.checkpoint('truncate');
    t.is(statusOf(volume, 'wal'), 'ok');
  });
});

test('a long log that nobody holds only needs a checkpoint', async (t) => {
  await withVolume(t, { health: { walBytesMax: 1 } }, async ({ volume }) => {
    await Promise.all(writes(volume, 1));
    t.is(statusOf(volume, 'wal'), 'degraded');
    t.regex(volume.health().checks.wal.message, /checkpoint\('truncate'\)/);
  });
});

test('a pool that is exhausted is degraded, and so are those who wait for it', async (t) => {
  await withVolume(t, { readersMax: 2 }, async ({ volume }) => {
    const first = await volume.runner.lease();
    t.is(statusOf(volume, 'readers'), 'ok');
    const second = await volume.runner.lease();
    const third = volume.runner.lease();
    const { status, value, limit, message } = volume.health().checks.readers;
    t.deepEqual([status, value, limit], ['degraded', 2, 2]);
    t.regex(message, /1 caller waits/);
    await first.release();
    await (await third).release();
    await second.release();
    t.is(statusOf(volume, 'readers'), 'ok');
    t.is(volume.health().checks.readers.value, 0);
  });
});

// --- the disk ------------------------------------------------------------------------------------

test('a disk with less room than the limits is degraded, then unhealthy', async (t) => {
  const more = 2 ** 50;
  for (const [health, expected] of [
    [{ freeDiskBytesMin: more }, 'degraded'],
    [{ freeDiskBytesMin: more, freeDiskBytesUnhealthy: more }, 'unhealthy'],
    [{ freeDiskBytesMin: 0, freeDiskBytesUnhealthy: 0 }, 'ok'],
  ] as const) {
    await withVolume(t, { health }, ({ volume, folder }) => {
      const { status, value, message } = volume.health().checks.disk;
      t.is(status, expected);
      const { bavail, bsize } = statfsSync(folder);
      t.true(Math.abs((value as number) - bavail * bsize) < 2 ** 32, 'that of its disk');
      if (expected !== 'ok') t.regex(message, /make room/);
    });
  }
});

test('a log and a disk that cannot be looked at are unknown', async (t) => {
  await withFolder(async (folder) => {
    const { mkdir, rename, rm } = await import('node:fs/promises');
    await mkdir(`${folder}/inner`);
    // Nothing is synced meanwhile, which would need the path.
    const volume = await openVolume(`${folder}/inner/test.cabinet`, { durability: 'normal' });
    await rename(`${folder}/inner`, `${folder}/elsewhere`);
    t.is(statusOf(volume, 'disk'), 'unknown');
    t.is(volume.health().checks.disk.value, null);
    t.is(volume.health().status, 'degraded');
    await rename(`${folder}/elsewhere`, `${folder}/inner`);
    t.is(statusOf(volume, 'disk'), 'ok');
    await volume.close();
    await rm(`${folder}/inner`, { recursive: true });
  });
});

test('what is not on stable storage is degraded above the limit, until it is synced', async (t) => {
  const options: OpenOptions = { durability: 'normal', health: { unsyncedBytesMax: 256 * KIB } };
  await withVolume(t, options, async ({ volume }) => {
    await Promise.all(writes(volume, 8, 64 * KIB));
    const { status, value } = volume.health().checks.unsynced;
    t.is(status, 'degraded');
    t.true((value as number) >= 8 * 64 * KIB);
    await volume.sync();
    t.deepEqual([statusOf(volume, 'unsynced'), volume.health().checks.unsynced.value], ['ok', 0]);
    await Promise.all(writes(volume, 8, 64 * KIB));
    await volume.checkpoint('full');
    await until('the writer has told', () => volume.health().checks.unsynced.value === 0);
  });
});

test('with `full` nothing is unsynced, with `off` nothing is asked for', async (t) => {
  await withVolume(t, { durability: 'full' }, async ({ volume }) => {
    await Promise.all(writes(volume, 4, 16 * KIB));
    t.is(volume.health().checks.unsynced.value, 0);
  });
  await withVolume(t, { durability: 'off' }, async ({ volume }) => {
    await Promise.all(writes(volume, 4, 16 * KIB));
    t.is(statusOf(volume, 'unsynced'), 'off');
    t.true((volume.health().checks.unsynced.value as number) > 0);
  });
});

// --- upkeep --------------------------------------------------------------------------------------

test('a check that found problems is unhealthy, one that is old is degraded', async (t) => {
  await withVolume(t, { health: { integrityAgeMaxSeconds: 3600 } }, async ({ volume }) => {
    t.is(statusOf(volume, 'integrity'), 'ok');
    await record(volume, 'check', true, 7_200_000);
    const old = volume.health().checks.integrity;
    t.deepEqual([old.status, old.limit], ['degraded', 3_600_000]);
    t.true((old.value as number) >= 7_200_000, 'its age');
    await record(volume, 'check', false);
    t.is(statusOf(volume, 'integrity'), 'unhealthy');
    await record(volume, 'check', true);
    t.is(statusOf(volume, 'integrity'), 'ok');
  });
});

test('a volume that was never checked is unknown', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    await (await openVolume(file)).close();
    const connection = openConnection(file, {
      role: 'writer',
      cacheBytes: 64 * KIB,
      busyTimeoutMs: 1000,
      synchronous: 'NORMAL',
    });
    connection.execute('DELETE FROM maintenance');
    connection.close();
    const volume = await openVolume(file);
    t.is(statusOf(volume, 'integrity'), 'unknown');
    t.is(volume.health().status, 'degraded');
    await record(volume, 'check', true);
    t.is(volume.health().status, 'healthy');
    await volume.close();
  });
});

test('backups: expected, made, old, failed', async (t) => {
  await withVolume(t, { health: { backupAgeMaxSeconds: 60 } }, async ({ volume }) => {
    t.is(statusOf(volume, 'backup'), 'unknown');
    await record(volume, 'backup', true, 120_000);
    t.is(statusOf(volume, 'backup'), 'degraded');
    t.regex(volume.health().checks.backup.message, /2 min old/);
    await record(volume, 'backup', true, 1000);
    t.is(statusOf(volume, 'backup'), 'ok');
    await record(volume, 'backup', false);
    const failed = volume.health().checks.backup;
    t.is(failed.status, 'degraded');
    t.true((failed.value as number) >= 1000, 'the age of the last good one');
  });
});

test('a record is known after the volume was opened again, the last good one too', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const first = await openVolume(file);
    await record(first, 'backup', true, 60_000);
    await record(first, 'backup', false);
    await first.close();
    const second = await openVolume(file);
    const { status, value } = second.health().checks.backup;
    t.is(status, 'degraded');
    t.true((value as number) >= 60_000);
    await second.close();
  });
});

test('failures of a schedule of backups are told with their reason', async (t) => {
  await withVolume(t, {}, ({ volume }) => {
    let status = { failures: 0, error: undefined as unknown };
    volume.observation.connect({ backupSchedule: () => status });
    t.is(statusOf(volume, 'backup'), 'ok');
    status = { failures: 2, error: new Error('the directory is gone') };
    t.is(statusOf(volume, 'backup'), 'degraded');
    t.regex(volume.health().checks.backup.message, /2 attempts .*\(the directory is gone\)/);
    status = { failures: 0, error: undefined };
    t.is(statusOf(volume, 'backup'), 'ok');
  });
});

test('an archive that lags or fails is degraded', async (t) => {
  await withVolume(t, { health: { archiveLagMaxMs: 1000 } }, ({ volume }) => {
    let archive = { lastShippedMs: null as number | null, lagMs: 0, error: null as unknown };
    volume.observation.connect({ archive: () => archive });
    t.is(statusOf(volume, 'archive'), 'ok');
    archive = { ...archive, lastShippedMs: Date.now(), lagMs: 5000 };
    t.is(statusOf(volume, 'archive'), 'degraded');
    t.is(volume.health().checks.archive.value, 5000);
    archive = { ...archive, lagMs: 0, error: new Error('no space') };
    t.is(statusOf(volume, 'archive'), 'degraded');
    t.regex(volume.health().checks.archive.message, /\(no space\)/);
    archive = { ...archive, error: null };
    t.is(statusOf(volume, 'archive'), 'ok');
  });
});

test('the archive of a volume is told of, with how far it is behind', async (t) => {
  await withFolder(async (folder) => {
    const volume = await openVolume(`${folder}/test.cabinet`, {
      archive: { dir: `${folder}/archive` },
      health: { archiveLagMaxMs: 60_000 },
    });
    await volume.fs.promises.writeFile('/a', 'a');
    await volume.archive?.ship();
    const { status, value } = volume.health().checks.archive;
    t.is(status, 'ok');
    t.true((value as number) >= 0);
    const metrics = await volume.metrics.metrics();
    t.regex(metrics, /^cabinetfs_archive_lag_seconds \d/m);
    t.regex(metrics, /^cabinetfs_archive_last_shipped_timestamp_seconds [1-9]/m);
    t.regex(metrics, /^cabinetfs_archive_failing 0$/m);
    await volume.close();
  });
});

test('what another process notes is known here soon', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    // A writer of its own: to SQLite another process, whatever the system calls it.
    const other = await openVolume(file);
    await record(other, 'backup', true);
    await until('it is known', () => statusOf(volume, 'backup') === 'ok');
    await other.close();
    t.pass();
  });
});
