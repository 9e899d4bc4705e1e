/** What is told of bytes that a mount has taken, when nobody will ever commit them. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

test.serial('nothing is pending any more when the writer has died', (t) =>
  withFolder(async (folder) => {
    const workers: Worker[] = [];
    const collect = (worker: Worker): void => {
      workers.push(worker);
    };
    process.on('worker', collect);
    const volume = await openVolume(join(folder, 'test.cabinet'));
    process.off('worker', collect);
    const pending = async (): Promise<string | undefined> =>
      /^cabinetfs_mount_pending_bytes (\d+)$/m.exec(await volume.metrics.metrics())?.[1];
    // As a mount does, whose record the writer has not taken yet.
    volume.internals.behind.add(1, 4096);
    t.is(await pending(), '4096');
    await Promise.all(workers.map((worker) => worker.terminate()));
    await until('the volume has failed', () => volume.state === 'failed');
    t.is(await pending(), '0');
    await volume.close().catch((error: unknown) => t.like(error, { code: 'ERR_WRITER_FAILED' }));
  }),
);
