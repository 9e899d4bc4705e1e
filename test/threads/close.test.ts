/** Closing, from either end and in any order. */
import { readdir } from 'node:fs/promises';
import test from 'ava';
import { attachVolume, openVolume, type Volume } from '#src/index.js';
import { assertVolumeSound } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import type { Thread } from '../support/thread.js';
import { until } from '../support/until.js';
import { clientsOf, createCell, withThreads } from './threads.js';

async function namesOf(volume: Volume): Promise<string[]> {
  return await volume.fs.promises.readdir('/');
}

function openFiles(volume: Volume): number {
  return volume.counters().writer?.openFiles ?? 0;
}

test('closing an attached volume does what was asked of it and leaves the rest open', async (t) => {
  await withVolume(t, { queueCommandsMax: 20 }, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    const other = attachVolume(volume.connect());
    const asked = Array.from({ length: 300 }, (_, index) =>
      attached.fs.promises.writeFile(`/${index}`, `${index}`),
    );
    const closed = attached.close();
    t.is(attached.state, 'closing');
    const refused = { code: 'ERR_VOLUME_CLOSED' };
    await t.throwsAsync(attached.fs.promises.writeFile('/late', ''), refused);
    await t.throwsAsync(attached.sync(), refused);
    t.throws(() => attached.connect(), refused);
    await t.notThrowsAsync(Promise.all(asked));
    await closed;
    t.is(attached.state, 'closed');
    await attached.close();
    await t.throwsAsync(attached.fs.promises.stat('/'), refused);
    t.is((await namesOf(other)).length, 300);
    await other.fs.promises.writeFile('/other', '');
    t.is(volume.state, 'open');
    t.is(clientsOf(volume), 2);
    await other.close();
  });
});

test('closing an attached volume lets go of its open files', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    const big = Buffer.alloc(300_000, 1);
    for (const name of ['/a', '/b']) await attached.fs.promises.writeFile(name, big);
    const read = await attached.fs.promises.open('/a', 'r');
    const written = await attached.fs.promises.open('/b', 'r+');
    for (const name of ['/a', '/b']) await volume.fs.promises.unlink(name);
    t.is(openFiles(volume), 2);
    t.is((await volume.stats()).orphans, 2);
    t.deepEqual(await read.readFile(), big);
    await attached.close();
    await until('files are let go', () => volume.counters().writer?.orphans === 0);
    t.is(openFiles(volume), 0);
    await t.notThrowsAsync(read.close());
    await t.notThrowsAsync(written.close());
  });
});

test('closing an attached volume answers its barriers and ends its locks and its waits', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    await attached.fs.promises.writeFile('/a', '');
    await attached.fs.promises.writeFile('/b', '');
    const own = await volume.lock('/a');
    await attached.lock('/b');
    await t.throwsAsync(volume.lock('/b', { wait: false }), { code: 'EAGAIN' });
    const waiting = attached.lock('/a');
    await until('it waits', async () => {
      await attached.sync();
      return attached.counters().queue?.commands === 0;
    });
    const barriers = [attached.sync(), attached.checkpoint()];
    const closed = attached.close();
    await t.throwsAsync(waiting, { code: 'ERR_VOLUME_CLOSED' });
    await t.notThrowsAsync(Promise.all(barriers));
    await closed;
    await (await volume.lock('/b')).release();
    await own.release();
    await (await volume.lock('/a', { wait: false })).release();
  });
});

test('closing the volume finishes what every thread was promised', async (t) => {
  const options = { queueCommandsMax: 40, batchCommandsMax: 16 };
  await withVolume(t, options, async ({ volume, file, folder }) => {
    await withThreads(volume, 4, async (...threads) => {
      const asked = createCell();
      const outcomes = threads.map((thread, index) =>
        thread.ask<string[]>('writes', `/${index}-`, 250, asked),
      );
      await until('all are asked for', () => Atomics.load(asked, 0) === threads.length);
      await volume.close();
      t.deepEqual(await readdir(folder), ['test.cabinet'], 'all connections are closed');
      t.deepEqual(new Set((await Promise.all(outcomes)).flat()), new Set(['ok']));
      for (const thread of threads) {
        t.is(await thread.ask('code', 'mkdir', '/late'), 'ERR_VOLUME_CLOSED');
        t.is(await thread.ask('code', 'stat', '/'), 'ERR_VOLUME_CLOSED');
        t.is(await thread.ask('state'), 'closed');
        t.is(await thread.ask('close'), 'ok');
      }
    });
    await using again = await openVolume(file);
    t.is((await namesOf(again)).length, 1000);
    await assertVolumeSound(again);
  });
});

test('a thread that waits synchronously is answered or refused when the volume closes', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await withThreads(volume, 3, async (...threads) => {
      const outcomes = threads.map(async (thread, index) => {
        const started = createCell();
        const outcome = thread.ask<Outcome>('writeSyncUntilRefused', `/${index}-`, started);
        await until('it has begun', () => Atomics.load(started, 0) === 1);
        return () => outcome;
      });
      const begun = await Promise.all(outcomes);
      await volume.close();
      const ends = await Promise.all(begun.map((outcome) => outcome()));
      for (const { code } of ends) t.is(code, 'ERR_VOLUME_CLOSED');
      await using again = await openVolume(file);
      const done = ends.reduce((sum, end) => sum + end.done, 0);
      t.is((await namesOf(again)).length, done, 'what was answered is there, and nothing else');
    });
  });
});

interface Outcome {
  readonly done: number;
  readonly code: string;
}

/** Blocks a thread; resolves when it is, with the way to let it go. */
async function block(thread: Thread): Promise<() => Promise<unknown>> {
  const release = createCell();
  const blocked = createCell();
  const ended = thread.ask('block', release, blocked);
  await until('the thread is blocked', () => Atomics.load(blocked, 0) === 1);
  return () => {
    Atomics.store(release, 0, 1);
    return ended;
  };
}

test('a thread that is blocked holds up nobody', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await withThreads(volume, 2, async (...threads) => {
      const [blocked, free] = threads as [Thread, Thread];
      await blocked.ask('open', '/held', 'w');
      await blocked.ask('subscribe');
      const release = await block(blocked);
      for (const outcome of await free.ask<string[]>('writes', '/free-', 200)) t.is(outcome, 'ok');
      await volume.fs.promises.writeFile('/own', 'own');
      await volume.sync();
      await volume.close();
      await release();
      t.is(await blocked.ask('code', 'mkdir', '/late'), 'ERR_VOLUME_CLOSED');
      t.is(await blocked.ask('close'), 'ok');
      t.is(await free.ask('state'), 'closed');
    });
    await using again = await openVolume(file);
    t.is((await namesOf(again)).length, 202);
    await assertVolumeSound(again);
  });
});

test('what a blocked thread could not send is refused when the volume has closed', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await withThreads(volume, 1, async (thread) => {
      const release = createCell();
      const blocked = createCell();
      const outcome = thread?.ask('writeAndBlock', '/unsent', release, blocked);
      await until('the thread is blocked', () => Atomics.load(blocked, 0) === 1);
      await volume.close();
      Atomics.store(release, 0, 1);
      t.is(await outcome, 'ERR_VOLUME_CLOSED');
    });
    await using again = await openVolume(file);
    t.deepEqual(await namesOf(again), []);
  });
});

test('both ends may close at the same time', async (t) => {
  for (const order of ['opener first', 'attached first']) {
    await withVolume(t, {}, async ({ volume, folder }) => {
      const attached = attachVolume(volume.connect());
      const nested = attachVolume(attached.connect());
      await nested.fs.promises.writeFile('/a', order);
      const volumes = [volume, attached, nested];
      if (order === 'attached first') volumes.reverse();
      await t.notThrowsAsync(Promise.all(volumes.map((each) => each.close())));
      for (const each of volumes) t.is(each.state, 'closed');
      t.deepEqual(await readdir(folder), ['test.cabinet']);
    });
  }
});

test('reads that are under way end with the volume', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    await attached.fs.promises.writeFile('/a', Buffer.alloc(3_000_000));
    const dir = await attached.fs.promises.opendir('/');
    const handle = await attached.fs.promises.open('/a', 'r');
    await volume.close();
    await t.throwsAsync(handle.read(Buffer.alloc(10)), { code: 'ERR_VOLUME_CLOSED' });
    await t.notThrowsAsync(handle.close());
    await t.notThrowsAsync(dir.close());
  });
});
