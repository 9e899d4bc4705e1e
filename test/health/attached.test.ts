/** Health and metrics over the threads of a process: the same wherever they are asked. */
import test from 'ava';
import type { Health } from '#src/index.js';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { startThread, type Thread } from '../support/thread.js';
import { until } from '../support/until.js';
import { readMetrics } from './read-metrics.js';
import { endWriter, failWriter, record, whileBlocked } from './trouble.js';

const ENTRY = new URL('./attached-thread.js', import.meta.url);

async function withThread<T>(volume: Volume, fn: (thread: Thread) => Promise<T>): Promise<T> {
  const thread = startThread(ENTRY);
  try {
    await thread.ask('attach', volume.connect());
    return await fn(thread);
  } finally {
    await thread.end();
  }
}

test('an attached thread gives the same verdicts, with the same since', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThread(volume, async (thread) => {
      await record(volume, 'check', false);
      const here = volume.health();
      const there = await thread.ask<Health>('health');
      t.is(there.status, 'unhealthy');
      t.deepEqual(
        Object.values(there.checks).map(({ status, sinceMs }) => [status, sinceMs]),
        Object.values(here.checks).map(({ status, sinceMs }) => [status, sinceMs]),
      );
    });
  });
});

test('the queue and the views of an attached thread count where the volume was opened', async (t) => {
  const health = { queueCommandsMax: 4, snapshotAgeMaxMs: 50 };
  await withVolume(t, { readersMax: 1, health }, async ({ volume }) => {
    await withThread(volume, async (thread) => {
      await whileBlocked(volume, async () => {
        await thread.ask('ask', 6);
        t.is(volume.health().checks.queueDepth.value, 6);
        t.is(volume.health().checks.queueDepth.status, 'degraded');
      });
      await until('they are answered', () => volume.health().checks.queueDepth.value === 0);
      await thread.ask('lease');
      t.is(volume.health().checks.readers.status, 'degraded');
      await until('its view is old', () => volume.health().checks.snapshot.status === 'degraded');
      await thread.ask('release');
      t.is(volume.health().checks.snapshot.status, 'ok');
      t.is(volume.health().checks.readers.status, 'ok');
    });
  });
});

test('what a thread that was terminated had taken is given back', async (t) => {
  await withVolume(t, { readersMax: 1 }, async ({ volume }) => {
    const thread = startThread(ENTRY);
    await thread.ask('attach', volume.connect());
    await thread.ask('lease');
    t.is(volume.health().checks.readers.status, 'degraded');
    await thread.worker.terminate();
    await until('it is noticed', () => volume.health().checks.readers.status === 'ok');
    t.is(volume.health().checks.snapshot.value, 0);
  });
});

for (const [what, harm] of [
  ['fails', failWriter],
  ['ends', endWriter],
] as const) {
  test(`an attached thread sees that the writer ${what}`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      await withThread(volume, async (thread) => {
        await harm(volume);
        const health = await thread.ask<Health>('health');
        t.is(health.checks.writer.status, 'unhealthy');
      });
    });
  });
}

test('an attached thread says that the volume is closed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThread(volume, async (thread) => {
      await volume.close();
      await until('it has left', async () => {
        const { checks } = await thread.ask<Health>('health');
        return /is closed/.test(checks.writer.message);
      });
      t.is((await thread.ask<Health>('health')).status, 'unhealthy');
    });
  });
});

test('operations of all threads are counted, and stay counted when a thread has gone', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/a', 'x'.repeat(100));
    const reads = { kind: 'readFile', result: 'ok' };
    for (let round = 1; round <= 2; round += 1) {
      await withThread(volume, async (thread) => {
        await thread.ask('read', '/a', 40);
        const there = readMetrics(await thread.ask<string>('metrics'));
        t.is(there.value('cabinetfs_operations_total', reads), 40 * round);
        t.is(there.value('cabinetfs_threads'), 2);
        await thread.ask('close');
      });
    }
    const here = readMetrics(await volume.metrics.metrics());
    t.is(here.value('cabinetfs_operations_total', reads), 80);
    t.is(here.value('cabinetfs_read_bytes_total'), 8000);
    await until('the threads have gone', async () => {
      const now = readMetrics(await volume.metrics.metrics());
      return now.value('cabinetfs_threads') === 1;
    });
  });
});
