/** What health is as a whole: the checks there are, the worst of them, since when, and when it is asked. */
import test from 'ava';
import { HEALTH_CHECK_NAMES, openVolume } from '#src/index.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { endWriter, failWriter, record, whileBlocked } from './trouble.js';

test('a fresh volume is healthy, and says so check by check', async (t) => {
  await withVolume(t, {}, ({ volume, file }) => {
    const health = volume.health();
    t.is(health.status, 'healthy');
    t.is(health.path, file);
    t.deepEqual(Object.keys(health.checks), [...HEALTH_CHECK_NAMES]);
    for (const [name, check] of Object.entries(health.checks)) {
      t.true(check.status === 'ok' || check.status === 'off', `${name} is ${check.status}`);
      t.regex(check.message, /^[A-Z0-9].*\.$/s, name);
      t.true(check.sinceMs <= health.atMs, name);
    }
    t.is(health.checks.backup.status, 'off');
    t.is(health.checks.archive.status, 'off');
  });
});

test('the worst check is the status of the volume; one that is unknown counts as degraded', async (t) => {
  await withVolume(t, { health: { backupAgeMaxSeconds: 60 } }, async ({ volume }) => {
    t.is(volume.health().checks.backup.status, 'unknown');
    t.is(volume.health().status, 'degraded');
    await record(volume, 'check', false);
    t.is(volume.health().status, 'unhealthy');
    await record(volume, 'check', true);
    await record(volume, 'backup', true);
    t.is(volume.health().status, 'healthy');
  });
});

test('a status has its own since, which stays while it lasts', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const before = volume.health().checks.integrity;
    await record(volume, 'check', false);
    await until('the clock goes on', () => Date.now() > before.sinceMs);
    const first = volume.health().checks.integrity;
    t.is(first.status, 'unhealthy');
    t.true(first.sinceMs > before.sinceMs);
    await until('the clock goes on', () => Date.now() > first.sinceMs);
    t.is(volume.health().checks.integrity.sinceMs, first.sinceMs);
  });
});

test('a change is noted when nobody asks', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await record(volume, 'check', false);
    const laterMs = Date.now() + 2500;
    await until('some seconds have gone by', () => Date.now() > laterMs);
    const askedMs = Date.now();
    const { integrity } = volume.health().checks;
    t.is(integrity.status, 'unhealthy');
    t.true(integrity.sinceMs < askedMs, 'since it was seen, not since it was asked');
  });
});

const NEVER_MS = 2 ** 30;

for (const [expected, health] of [
  ['degraded', { writerSilenceMaxMs: 100, writerSilenceUnhealthyMs: NEVER_MS }],
  ['unhealthy', { writerSilenceMaxMs: 50, writerSilenceUnhealthyMs: 100 }],
] as const) {
  test(`health answers while the writer is blocked, and is ${expected}`, async (t) => {
    await withVolume(t, { health }, async ({ volume }) => {
      await whileBlocked(volume, async () => {
        await until('the writer has been silent for too long', () => {
          return volume.health().checks.writer.status === expected;
        });
        t.is(volume.health().status, expected);
        t.regex(volume.health().checks.writer.message, /worked on one batch for/);
      });
      await until('the writer works again', () => volume.health().checks.writer.status === 'ok');
      t.is(volume.health().status, 'healthy');
    });
  });
}

for (const [what, harm] of [
  ['has failed', failWriter],
  ['has ended without a word', endWriter],
] as const) {
  test(`a writer that ${what} is unhealthy`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      await harm(volume);
      const { status, checks } = volume.health();
      t.is(status, 'unhealthy');
      t.is(checks.writer.status, 'unhealthy');
      t.regex(checks.writer.message, /open it again/);
      await t.throwsAsync(volume.fs.promises.writeFile('/a', 'a'), { code: 'ERR_WRITER_FAILED' });
      t.is(volume.fs.existsSync('/a'), false, 'reads go on');
    });
  });
}

test('a volume that closes or is closed says so and does not throw', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const closing = volume.close();
    t.is(volume.health().status, 'unhealthy');
    t.regex(volume.health().checks.writer.message, /is closing/);
    await closing;
    const { status, checks } = volume.health();
    t.is(status, 'unhealthy');
    t.regex(checks.writer.message, /is closed/);
    t.is(checks.wal.status, 'unknown');
    t.is(checks.wal.value, null);
  });
});

test('a volume that is open for reading only has no writer to be healthy', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const writing = await openVolume(file);
    await record(writing, 'backup', true);
    await writing.close();
    const volume = await openVolume(file, { readOnly: true });
    const { status, checks } = volume.health();
    t.is(status, 'healthy');
    for (const name of ['writer', 'queueDepth', 'queueAge', 'checkpoint', 'unsynced'] as const) {
      t.is(checks[name].status, 'off', name);
    }
    t.is(checks.integrity.status, 'ok');
    t.is(checks.backup.status, 'ok');
    await volume.close();
    t.is(volume.health().status, 'unhealthy');
  });
});
