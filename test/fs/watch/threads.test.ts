/** Watching in several threads, and beside synchronous calls. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import type { Thread } from '../../support/thread.js';
import { withThreads } from '../../threads/threads.js';
import { Record } from './record.js';

test('each thread is told what any of them does, once, from its watch on', async (t) => {
  await withVolume(t, { batchCommandsMax: 8 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const COUNT = 500;
    const told: string[] = [];
    volume.fs.watch('/', { recursive: true }, (type, name) => told.push(`${type} ${name}`));
    await withThreads(volume, 2, async (...threads) => {
      const [first, second] = threads as [Thread, Thread];
      // While others write: nothing of what comes after the watch may be missing.
      const before = Array.from({ length: COUNT }, (_, index) => fs.writeFile(`/b${index}`, ''));
      await Promise.all([first.ask('watch', '/'), second.ask('watch', '/')]);
      await Promise.all(before);
      const names = ['m', 'f', 's'].flatMap((who) =>
        Array.from({ length: COUNT }, (_, index) => `rename ${who}${index}`),
      );
      await Promise.all([
        ...Array.from({ length: COUNT }, (_, index) => fs.writeFile(`/m${index}`, '')),
        first.ask('writes', '/f', COUNT),
        second.ask('writes', '/s', COUNT),
      ]);
      for (const thread of [first, second]) {
        // Its own last write is told after everything above.
        await thread.ask('write', '/last', '');
        const own = await thread.ask<string[]>('watched');
        const early = own.filter((event) => event.startsWith('rename b'));
        t.deepEqual(own.filter((event) => /^rename [mfs]/.test(event)).sort(), [...names].sort());
        t.is(new Set(early).size, early.length);
        const expected = Array.from({ length: early.length }, (_, at) => COUNT - early.length + at);
        t.deepEqual(
          early,
          expected.map((index) => `rename b${index}`),
        );
      }
      await setImmediate();
      t.deepEqual(told.filter((event) => /^rename [mfs]/.test(event)).sort(), [...names].sort());
    });
  });
});

test('events of synchronous calls come after them, in order', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const record = new Record();
    fs.watch('/', record.listener());
    fs.watchFile('/a', () => record.note('stat'));
    record.take();
    const events = await record.during(() => {
      fs.writeFileSync('/a', 'x');
      fs.renameSync('/a', '/b');
      fs.chmodSync('/b', 0o600);
      t.is(record.length, 0, 'not in the middle of the calls');
    });
    t.deepEqual(
      events.filter((event) => event !== 'stat'),
      ['rename a', 'rename a', 'rename b', 'change b'],
    );
    await fs.promises.writeFile('/a', '');
    fs.unwatchFile('/a');
  });
});
