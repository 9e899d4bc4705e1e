/** `fs.promises.watch`: an asynchronous iterator of events. */
import * as nodePromises from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import { exitCodeOf } from './exit-code.js';

type Events = AsyncIterable<{ eventType: string; filename: string | Buffer }>;

async function collect(events: Events, count: number): Promise<string[]> {
  const told: string[] = [];
  for await (const { eventType, filename } of events) {
    told.push(`${eventType} ${String(filename)}`);
    if (told.length === count) break;
  }
  return told;
}

test('events come in order, none is lost between two turns of the loop', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const collected = collect(fs.watch('/'), 6);
    await Promise.all(['a', 'b', 'c'].map((name) => fs.writeFile(`/${name}`, '')));
    await Promise.all(['a', 'b', 'c'].map((name) => fs.appendFile(`/${name}`, 'x')));
    t.deepEqual(await collected, [
      'rename a',
      'rename b',
      'rename c',
      'change a',
      'change b',
      'change c',
    ]);
  });
});

test('recursive, with names as bytes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/a/b', { recursive: true });
    const next = fs.watch('/a', { recursive: true, encoding: 'buffer' }).next();
    await fs.writeFile('/a/b/c', '');
    t.deepEqual(await next, {
      done: false,
      value: { eventType: 'rename', filename: Buffer.from('b/c') },
    });
  });
});

test('a signal ends it with an AbortError, before it begins or while it waits', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const next = volume.fs.promises.watch('/', { signal }).next();
    await setImmediate();
    controller.abort(new Error('enough'));
    const error = (await t.throwsAsync(next, { name: 'AbortError' })) as Error & { code: string };
    t.is(error.code, 'ABORT_ERR');
    t.is((error.cause as Error).message, 'enough');
    await t.throwsAsync(volume.fs.promises.watch('/', { signal }).next(), { name: 'AbortError' });
  });
});

test('closing the volume ends it, after the last event', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const collected = collect(volume.fs.promises.watch('/'), 99);
    await volume.fs.promises.writeFile('/a', '');
    void volume.fs.promises.writeFile('/b', '');
    await volume.close();
    t.deepEqual(await collected, ['rename a', 'rename b']);
  });
});

test('more events than may wait are dropped, with a warning', async (t) => {
  t.is(await exitCodeOf('overflow'), 9);
});

test('more events than may wait end it, when that was asked for', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const iterator = fs.watch('/', { maxQueue: 2, overflow: 'throw' });
    const first = iterator.next();
    await fs.writeFile('/a', '');
    t.is((await first).value?.filename, 'a');
    for (const name of ['b', 'c', 'd']) await fs.writeFile(`/${name}`, '');
    await setImmediate();
    await t.throwsAsync(iterator.next(), { code: 'ERR_FS_WATCH_QUEUE_OVERFLOW' });
  });
});

test('wrong arguments reject as in Node', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const calls: readonly ((fs: typeof nodePromises) => AsyncIterable<unknown>)[] = [
      (fs) => fs.watch(5 as never),
      (fs) => fs.watch('/', 'utf8'),
      (fs) => fs.watch('/', { persistent: 1 as never }),
      (fs) => fs.watch('/', { recursive: 1 as never }),
      (fs) => fs.watch('/', { signal: 1 as never }),
      (fs) => fs.watch('/cabinetfs-no-such-directory'),
    ];
    const first = (events: AsyncIterable<unknown>) => events[Symbol.asyncIterator]().next();
    for (const call of calls) {
      const expected = await t.throwsAsync(first(call(nodePromises)));
      const error = await t.throwsAsync(first(call(volume.fs.promises as never)));
      t.is(error?.message, expected?.message);
      t.deepEqual({ ...error }, { ...expected });
    }
    const { watch } = volume.fs.promises;
    const code = 'ERR_INVALID_ARG_VALUE';
    await t.throwsAsync(watch('/', { encoding: 'no encoding' as never }).next(), { code });
    await t.throwsAsync(watch('/', { overflow: 'explode' as never }).next(), { code });
    await t.throwsAsync(watch('/', { maxQueue: 0 }).next(), { code: 'ERR_OUT_OF_RANGE' });
  });
});
