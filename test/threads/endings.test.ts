/** Threads that end without closing anything: nothing of them stays, and nobody else notices. */
import test from 'ava';
import type { Volume } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';
import type { Thread } from '../support/thread.js';
import { until } from '../support/until.js';
import { clientsOf, createCell, startIdleThread, withThreads } from './threads.js';

/** How a thread may end while others work. */
const ENDINGS: Readonly<Record<string, (thread: Thread) => unknown>> = {
  'by termination': (thread) => thread.worker.terminate(),
  'with process.exit': (thread) => thread.ask('exit', 3).catch(() => undefined),
  'with an uncaught error': (thread) => thread.ask('crash').catch(() => undefined),
  'by running out of work': (thread) => thread.end(),
};

async function assertForgotten(volume: Volume, others: number): Promise<void> {
  await until('it was forgotten', () => clientsOf(volume) === 1 + others);
  await until('its files are let go', () => volume.counters().writer?.openFiles === 0);
  await until('its orphans are gone', () => volume.counters().writer?.orphans === 0);
}

for (const [how, endIt] of Object.entries(ENDINGS)) {
  test(`a thread that ends ${how} leaves nothing behind`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      await withThreads(volume, 2, async (...threads) => {
        const [dying, other] = threads as [Thread, Thread];
        await dying.ask('subscribe');
        await dying.ask('open', '/held', 'w');
        await dying.ask('open', '/held', 'r');
        await volume.fs.promises.unlink('/held');
        await volume.fs.promises.writeFile('/locked', '');
        await dying.ask('lock', '/locked');
        t.is(volume.counters().writer?.openFiles, 1);
        // Nobody waits for these: the thread may end before any, some or all of them.
        dying.ask('writes', '/dying-', 500).catch(() => undefined);
        const outcomes = other.ask<string[]>('writes', '/other-', 500);
        await endIt(dying);
        await dying.ended;
        t.deepEqual(new Set(await outcomes), new Set(['ok']));
        await assertForgotten(volume, 1);
        await (await volume.lock('/locked')).release();
        t.is(await other.ask('read', '/other-499'), '/other-499');
        await volume.sync();
      });
    });
  });
}

test('threads that come and go leave no client, file or share of memory behind', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { cacheBytesMax } = volume.counters().readers;
    for (let round = 0; round < 12; round += 1) {
      await withThreads(volume, 2, async (...threads) => {
        for (const thread of threads) thread.ask('writes', '/f', 50).catch(() => undefined);
        await threads[0]?.ask('open', `/held${round}`, 'w');
      });
    }
    await assertForgotten(volume, 0);
    await until('the memory is back', () => {
      return volume.counters().readers.cacheBytesMax === cacheBytesMax;
    });
    await volume.fs.promises.writeFile('/after', '');
  });
});

test('a thread may be terminated while it writes synchronously', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (let round = 0; round < 8; round += 1) {
      const thread = startIdleThread();
      await thread.ask('attach', volume.connect());
      const started = createCell();
      thread.ask('writeSyncUntilRefused', `/${round}-`, started).catch(() => undefined);
      await until('it writes', () => Atomics.load(started, 0) === 1);
      await thread.worker.terminate();
    }
    await assertForgotten(volume, 0);
  });
});

test('a thread that runs out of memory takes nobody along', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const thread = startIdleThread({ resourceLimits: { maxOldGenerationSizeMb: 24 } });
    await thread.ask('attach', volume.connect());
    await thread.ask('open', '/held', 'w');
    thread.ask('exhaustMemory').catch(() => undefined);
    await thread.ended;
    t.is(thread.error?.code, 'ERR_WORKER_OUT_OF_MEMORY');
    await assertForgotten(volume, 0);
    await volume.fs.promises.writeFile('/after', '');
  });
});
