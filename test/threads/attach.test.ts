/** How a volume gets to other threads, and what it can do there. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { Piscina } from 'piscina';
import { attachVolume, openVolume, type Volume, type VolumeHandle } from '#src/index.js';
import { HANDLES_MAX } from '#src/volume/handle.js';
import { assertVolumeSound } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { startThread } from '../support/thread.js';
import { until } from '../support/until.js';
import { clientsOf, startIdleThread, withThreads } from './threads.js';

const ENTRY = new URL('./attached-thread.js', import.meta.url);
const TASK = fileURLToPath(new URL('./piscina-task.js', import.meta.url));

test('a handle travels as workerData', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = volume.connect();
    const thread = startThread(ENTRY, {
      workerData: { volume: handle },
      transferList: handle.transferList,
    });
    await thread.ask('write', '/a', 'from the thread');
    t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'from the thread');
    t.is(await thread.end(), 0);
  });
});

test('a handle travels in a message, by itself or inside other data', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (const shape of ['itself', 'inside']) {
      const handle = volume.connect();
      const thread = startIdleThread();
      const sent = shape === 'itself' ? handle : { deep: [{ volume: handle }] };
      t.notThrows(() => thread.worker.postMessage(sent, handle.transferList));
      await thread.worker.terminate();
    }
    await until('unused handles are forgotten', () => clientsOf(volume) === 1);
    const handle = volume.connect();
    const { worker } = startIdleThread();
    t.throws(() => worker.postMessage(handle), {
      code: 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST',
    });
    await worker.terminate();
  });
});

test('a handle travels in the task of a piscina', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const pool = new Piscina({ filename: TASK, minThreads: 2, maxThreads: 2 });
    const numbers = Array.from({ length: 8 }, (_, index) => index);
    const sizes = await Promise.all(
      numbers.map((number) => {
        const handle = volume.connect();
        const task = { volume: handle, path: `/${number}`, content: 'x'.repeat(number) };
        return pool.run(task, { transferList: handle.transferList }) as Promise<number>;
      }),
    );
    t.deepEqual(sizes, numbers);
    await until('all tasks have left', () => clientsOf(volume) === 1);
    await pool.close();
    t.is((await volume.fs.promises.readdir('/')).length, numbers.length);
  });
});

test('a handle may pass through a thread that does not use it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const made = volume.connect();
    const passed = structuredClone(made, { transfer: made.transferList });
    const attached = attachVolume(structuredClone(passed, { transfer: passed.transferList }));
    await attached.fs.promises.writeFile('/a', 'a');
    await attached.close();
  });
});

/** What an attached volume can do, as far as it goes to the writer or to the readers. */
async function useEverything(volume: Volume): Promise<void> {
  const { fs } = volume;
  const { promises } = fs;
  await promises.mkdir('/used/deep', { recursive: true });
  await volume.transaction((tx) => {
    tx.writeFile('/used/one', '1');
    tx.symlink('one', '/used/link');
  });
  fs.writeFileSync('/used/sync', 'sync');
  await promisify(fs.appendFile)('/used/callback', 'callback');
  const fd = fs.openSync('/used/number', 'w+');
  fs.writeSync(fd, 'number', 0);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  await pipeline(fs.createReadStream('/used/sync'), fs.createWriteStream('/used/streamed'));
  await volume.setXattr('/used/one', 'user.color', 'blue');
  const handle = await promises.open('/used/handle', 'w+');
  await handle.write('through a handle');
  await handle.sync();
  await handle.close();
  await promises.cp('/used', '/copied', { recursive: true });
  await volume.mknod('/used/fifo', 0o010644);
  await promises.rm('/copied/deep', { recursive: true });
  await volume.sync();
  await volume.checkpoint();
}

test('an attached volume can do everything', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    const created: string[] = [];
    await attached.subscribe((changes) => {
      for (const change of changes) if (change.type === 'create') created.push(change.name);
    });
    await useEverything(attached);
    const { promises } = volume.fs;
    t.is(await promises.readFile('/copied/link', 'utf8'), '1');
    for (const name of ['sync', 'callback', 'number']) {
      t.is(attached.fs.readFileSync(`/copied/${name}`, 'utf8'), name);
    }
    t.is(await promises.readFile('/copied/streamed', 'utf8'), 'sync');
    t.is((await attached.getXattr('/used/one', 'user.color')).toString(), 'blue');
    t.is(await attached.version('/used/one'), await volume.version('/used/one'));
    t.is((await attached.stats()).files, (await volume.stats()).files);
    t.true((await attached.check({ repair: true, content: true })).ok);
    t.is(attached.state, 'open');
    t.is(attached.path, volume.path);
    t.deepEqual(attached.options, volume.options);
    t.is(attached.migrations, undefined);
    await until('change events', () => created.includes('handle'));
    t.is(created.filter((name) => name === 'sync').length, 2, 'once, and once as a copy');
    await attached.close();
  });
});

test('change events go to each thread that asked for them, once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThreads(volume, 3, async (first, second, deaf) => {
      await Promise.all([first?.ask('subscribe'), second?.ask('subscribe')]);
      await Promise.all([deaf?.ask('write', '/a', ''), first?.ask('write', '/b', '')]);
      await volume.fs.promises.writeFile('/c', '');
      for (const thread of [first, second]) {
        await until(
          'all changes',
          async () => (await thread?.ask<string[]>('changed'))?.length === 3,
        );
        t.deepEqual((await thread?.ask<string[]>('changed'))?.sort(), ['a', 'b', 'c']);
      }
      t.deepEqual(await deaf?.ask('changed'), []);
    });
  });
});

test('an attached thread connects further, and may leave before those it connected', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThreads(volume, 1, async (first) => {
      const handle = await first?.ask<VolumeHandle>('connect');
      const second = startIdleThread();
      await second.ask('attach', handle);
      t.is(await first?.ask('close'), 'ok');
      await first?.end();
      await second.ask('write', '/a', 'still there');
      t.is(await volume.fs.promises.readFile('/a', 'utf8'), 'still there');
      await until('the first has left', () => clientsOf(volume) === 2);
      await volume.close();
      t.is(await second.ask('code', 'mkdir', '/late'), 'ERR_VOLUME_CLOSED');
      await second.end();
    });
  });
});

test('a volume that a thread opened is attached by the thread that started it', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.close();
    const thread = startIdleThread();
    await thread.ask('openHere', file);
    const attached = attachVolume(await thread.ask<VolumeHandle>('connect'));
    await attached.fs.promises.writeFile('/a', 'above');
    attached.fs.writeFileSync('/b', 'below');
    t.is(await thread.ask('read', '/a'), 'above');
    t.is(await thread.ask('read', '/b'), 'below');
    await assertVolumeSound(attached);
    t.is(await thread.ask('close'), 'ok');
    await t.throwsAsync(attached.fs.promises.stat('/'), { code: 'ERR_VOLUME_CLOSED' });
    await attached.close();
    await thread.end();
  });
});

test('a volume that is open for reading only is attached for reading only', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/a', 'content');
    const readOnly = await openVolume(file, { readOnly: true });
    await withThreads(readOnly, 2, async (first, second) => {
      t.is(await first?.ask('read', '/a'), 'content');
      t.is(await first?.ask('code', 'mkdir', '/b'), 'EROFS');
      const third = attachVolume((await (second as typeof first)?.ask('connect')) as VolumeHandle);
      t.is(third.counters().writer, null);
      t.is(await second?.ask('close'), 'ok');
      t.is(await third.fs.promises.readFile('/a', 'utf8'), 'content');
      t.throws(() => third.fs.writeFileSync('/b', ''), { code: 'EROFS' });
      await readOnly.close();
      await t.throwsAsync(third.fs.promises.stat('/'), { code: 'ERR_VOLUME_CLOSED' });
      t.is(await first?.ask('code', 'stat', '/'), 'ERR_VOLUME_CLOSED');
      await third.close();
    });
  });
});

test('a temporary volume is shared, and is gone when it is closed', async (t) => {
  const volume = await openVolume();
  await withThreads(volume, 2, async (first, second) => {
    await first?.ask('write', '/a', 'content');
    t.is(await second?.ask('read', '/a'), 'content');
    await assertVolumeSound(volume);
    t.is(await second?.ask('close'), 'ok');
    t.true(existsSync(volume.path));
    await volume.close();
    t.false(existsSync(volume.path));
    t.is(await first?.ask('code', 'stat', '/a'), 'ERR_VOLUME_CLOSED');
  });
});

test('a handle is used once, by one thread, and only while the volume is open', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const invalid = { code: 'ERR_HANDLE_INVALID' };
    for (const wrong of [
      undefined,
      null,
      1,
      {},
      { wire: {} },
      volume,
      { wire: { software: '1' } },
    ]) {
      t.throws(() => attachVolume(wrong as never), invalid);
    }
    const handle = volume.connect();
    const other = { ...handle, wire: { ...handle.wire, software: '0.0.0' } };
    t.throws(() => attachVolume(other), { ...invalid, message: /0\.0\.0/ });
    const attached = attachVolume(handle);
    t.throws(() => attachVolume(handle), invalid);
    await attached.close();
    t.throws(() => attachVolume(handle), invalid);

    // The original of one that was sent away spoils nothing for who received it.
    const sent = volume.connect();
    const received = structuredClone(sent, { transfer: sent.transferList });
    t.throws(() => attachVolume(sent), invalid);
    await attachVolume(received).close();

    const late = volume.connect();
    await volume.close();
    t.throws(() => attachVolume(late), { code: 'ERR_VOLUME_CLOSED' });
    t.throws(() => volume.connect(), { code: 'ERR_VOLUME_CLOSED' });
    t.deepEqual(await readdir(folder), ['test.cabinet']);
  });
});

test('handles that are never used are counted, and cost nothing when the volume closes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handles = Array.from({ length: HANDLES_MAX }, () => volume.connect());
    t.throws(() => volume.connect(), { code: 'ERR_HANDLES_EXHAUSTED' });
    await attachVolume(handles[0] as VolumeHandle).close();
    await until('a handle was given back', () => {
      try {
        volume.connect();
        return true;
      } catch {
        return false;
      }
    });
  });
});

test('a handle counts until what it attached is closed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (let count = 0; count < HANDLES_MAX + 50; count += 1) {
      await attachVolume(volume.connect()).close();
    }
    await until('the writer has forgotten all', () => clientsOf(volume) === 1);
    const whole = volume.options.memoryBudgetBytes * 0.75;
    await until(
      'its memory is given back',
      () => volume.counters().readers.cacheBytesMax === whole,
    );
    t.pass();
  });
});

test('a thread with an attached volume ends by itself', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = volume.connect();
    const worker = new Worker(new URL('./short-thread.js', import.meta.url), {
      workerData: handle,
      transferList: handle.transferList,
    });
    t.is(await new Promise((resolve) => worker.once('exit', resolve)), 0);
    t.is(await volume.fs.promises.readFile('/short', 'utf8'), 'done');
    await until('it was forgotten', () => clientsOf(volume) === 1);
  });
});
