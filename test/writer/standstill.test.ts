/** The standstill: another thread works while nobody can commit, and the writer waits only so long. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { openVolume, VolumeError } from '#src/index.js';
import { duringStandstill, letWork, type StandstillClient } from '#src/writer/standstill.js';
import { withFolder } from '../support/temporary-volume.js';

/** A writer that stands still on a thread of its own, as the real one does. */
function writerThread(answer: 'work' | 'late' | 'refuse'): StandstillClient & { end(): void } {
  const worker = new Worker(new URL('./standstill-writer.js', import.meta.url), {
    workerData: answer,
  });
  worker.unref();
  return {
    control: ({ cells, maxMs }) =>
      new Promise((resolve, reject) => {
        worker.once('message', (reply: { done?: boolean; refused?: string }) => {
          if (reply.refused === undefined) resolve(reply.done);
          else reject(new VolumeError('ERR_VOLUME_BUSY', reply.refused));
        });
        worker.postMessage({ cells, maxMs });
      }),
    end: () => void worker.terminate(),
  };
}

test('work is done while the writer waits, and is told the commit', async (t) => {
  const writer = writerThread('work');
  const result = await duringStandstill(writer, 'v', 1000, (still) => {
    t.is(still.commit, 4711);
    t.true(still.isHeld());
    return 'done';
  });
  t.is(result, 'done');
  writer.end();
});

test('work that takes too long finds that it is not held any more', async (t) => {
  const writer = writerThread('work');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const held = await duringStandstill(writer, 'v', 20, (still) => {
    const before = still.isHeld();
    while (still.isHeld()) Atomics.wait(cell, 0, 0, 5);
    return [before, still.isHeld()];
  });
  t.deepEqual(held, [true, false]);
  writer.end();
});

test('what the writer refuses is thrown, and a writer that answers without a standstill is tried again', async (t) => {
  const refusing = writerThread('refuse');
  await t.throwsAsync(
    duringStandstill(refusing, 'v', 100, () => t.fail()),
    { code: 'ERR_VOLUME_BUSY', message: /refused/ },
  );
  refusing.end();
  const late = writerThread('late');
  await t.throwsAsync(
    duringStandstill(late, 'v', 100, () => t.fail()),
    { code: 'ERR_VOLUME_BUSY', message: /could not stand still/ },
  );
  late.end();
});

test('an error of the work lets the writer go on', async (t) => {
  const writer = writerThread('work');
  const failing = duringStandstill(writer, 'v', 60_000, () => {
    throw new Error('no');
  });
  await t.throwsAsync(failing, { message: 'no' });
  t.is(await duringStandstill(writer, 'v', 60_000, () => 'again'), 'again');
  writer.end();
});

test('a thread that has gone is not waited for', (t) => {
  const cells = new SharedArrayBuffer(16);
  new Int32Array(cells)[0] = 4;
  t.false(letWork(cells, 1, 60_000));
});

test('writes of a volume go on after a standstill that nobody used', async (t) => {
  await withFolder(async (folder) => {
    const dir = join(folder, 'archive');
    const volume = await openVolume(join(folder, 'v'), { archive: { dir, everySeconds: 1 } });
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await volume.fs.promises.writeFile(`/${index}`, 'x');
        await volume.archive?.ship();
      }),
    );
    t.is((await volume.fs.promises.readdir('/')).length, 20);
    await volume.close();
  });
});
