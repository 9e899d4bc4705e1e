/** Several threads at work on one volume: what they see of each other, and what each may use. */
import test from 'ava';
import { attachVolume, type Volume, type VolumeHandle } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';
import type { Thread } from '../support/thread.js';
import { until } from '../support/until.js';
import { clientsOf, createCell, startIdleThread, withThreads } from './threads.js';

const THREADS = 4;

test('a counter that four threads increment by its version loses nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/counter', '0');
    await withThreads(volume, THREADS, async (...threads) => {
      const each = 60;
      const conflicts = await Promise.all(
        threads.map((thread) => thread.ask<number>('increments', '/counter', each)),
      );
      t.is(await volume.fs.promises.readFile('/counter', 'utf8'), String(each * THREADS));
      t.log(`${conflicts.reduce((sum, count) => sum + count, 0)} conflicts`);
    });
  });
});

test('threads that mix calls of all kinds leave what each of them expects', async (t) => {
  await withVolume(t, { queueCommandsMax: 64, batchCommandsMax: 16 }, async ({ volume }) => {
    await withThreads(volume, THREADS, async (...threads) => {
      const rounds = 40;
      const trees = await Promise.all(
        threads.map((thread, index) => thread.ask<string[]>('work', `/tree${index}`, rounds)),
      );
      for (const [index, expected] of trees.entries()) {
        const found = await volume.fs.promises.readdir(`/tree${index}`);
        t.deepEqual(found.sort(), expected.sort());
        for (const name of found) {
          t.is(await volume.fs.promises.readFile(`/tree${index}/${name}`, 'utf8'), name);
        }
      }
    });
  });
});

test('a thread sees what another was told is done', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThreads(volume, 2, async (...threads) => {
      const [first, second] = threads as [Thread, Thread];
      for (let round = 0; round < 100; round += 1) {
        const how = round % 2 === 0 ? 'write' : 'writeSync';
        await first.ask(how, '/a', `${round}`);
        t.is(await second.ask('read', '/a'), `${round}`);
        t.is(await volume.fs.promises.readFile('/a', 'utf8'), `${round}`);
      }
    });
  });
});

test('a file that one thread has open outlives its name, whoever removes it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/a', 'content');
    await withThreads(volume, 2, async (...threads) => {
      const [holder, remover] = threads as [Thread, Thread];
      await holder.ask('open', '/a', 'r');
      const other = attachVolume(await remover.ask<VolumeHandle>('connect'));
      await other.fs.promises.unlink('/a');
      await other.close();
      t.is(volume.counters().writer?.orphans, 1);
      t.is(await holder.ask('readOpened'), 'content');
      t.is(await holder.ask('close'), 'ok');
      await until('it is deleted', () => volume.counters().writer?.orphans === 0);
    });
  });
});

test('each thread has a queue of its own', async (t) => {
  const options = { queueCommandsMax: 10, queuePolicy: 'reject' } as const;
  await withVolume(t, options, async ({ volume }) => {
    await withThreads(volume, 2, async (...threads) => {
      const [greedy, modest] = threads as [Thread, Thread];
      const flood = greedy.ask<string[]>('writes', '/greedy', 100);
      t.deepEqual(await modest.ask('writes', '/modest', 10), new Array(10).fill('ok'));
      const outcomes = await flood;
      t.deepEqual(outcomes.slice(0, 10), new Array(10).fill('ok'));
      t.deepEqual(new Set(outcomes.slice(10)), new Set(['ERR_QUEUE_FULL']));
    });
  });
});

/** The part of the budget that is not the writer's. */
const READERS_SHARE = 0.75;

async function cacheBytesOf(threads: readonly Thread[]): Promise<number[]> {
  type Counters = ReturnType<Volume['counters']>;
  const counters = await Promise.all(threads.map((thread) => thread.ask<Counters>('counters')));
  return counters.map(({ readers }) => readers.cacheBytesMax);
}

test('all threads together keep to one budget of memory', async (t) => {
  const memoryBudgetBytes = 16 * 1024 * 1024;
  await withVolume(t, { memoryBudgetBytes }, async ({ volume }) => {
    const own = (): number => volume.counters().readers.cacheBytesMax;
    const all = memoryBudgetBytes * READERS_SHARE;
    t.is(own(), all);
    const unused = volume.connect();
    t.is(own(), all, 'a handle that is not used takes nothing');
    await withThreads(volume, 3, async (...threads) => {
      // Nobody has read anything since the last came: they are told.
      await until('all have an equal part', async () => {
        return [own(), ...(await cacheBytesOf(threads))].every((bytes) => bytes === all / 4);
      });
      t.is(await threads[0]?.ask('close'), 'ok');
      await until('a part was given back', async () => {
        return [own(), ...(await cacheBytesOf(threads.slice(1)))].every(
          (bytes) => bytes === all / 3,
        );
      });
    });
    await until('all parts were given back', () => own() === all);
    await attachVolume(unused).close();
  });
});

test('a thread that never lets its event loop turn keeps to the budget too', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThreads(volume, 1, async (busy) => {
      const [cell, bytes] = [createCell(), createCell()];
      const ended = busy?.ask('readUntil', cell, bytes);
      await until('it reads', () => Atomics.load(bytes, 0) > 0);
      const before = Atomics.load(bytes, 0);
      const other = attachVolume(volume.connect());
      await until('its part has shrunk', () => Atomics.load(bytes, 0) < before);
      t.true(Math.abs(Atomics.load(bytes, 0) * 3 - before * 2) <= 3);
      Atomics.store(cell, 0, 1);
      await ended;
      await other.close();
    });
  });
});

test('a volume whose opener is terminated refuses writes, also synchronous ones', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.close();
    const opener = startIdleThread();
    await opener.ask('openHere', file);
    const attached = attachVolume(await opener.ask<VolumeHandle>('connect'));
    attached.fs.writeFileSync('/before', '');
    const unused = await opener.ask<VolumeHandle>('connect');
    await opener.worker.terminate();
    const refused = { code: 'ERR_WRITER_FAILED' };
    t.throws(() => attached.fs.writeFileSync('/after', ''), refused);
    await t.throwsAsync(attached.fs.promises.writeFile('/after', ''), refused);
    t.deepEqual(await attached.fs.promises.readdir('/'), ['before'], 'reads go on');
    t.throws(() => attachVolume(unused), { code: 'ERR_HANDLE_INVALID' });
    await t.notThrowsAsync(attached.close());
  });
});

test('threads that write share commits', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await withThreads(volume, THREADS, async (...threads) => {
      const before = volume.counters().writer;
      await Promise.all(threads.map((thread, index) => thread.ask('writes', `/${index}-`, 500)));
      const after = volume.counters().writer;
      t.is((after?.commands ?? 0) - (before?.commands ?? 0), 500 * THREADS);
      const commits = (after?.commits ?? 0) - (before?.commits ?? 0);
      t.true(commits < 500, `${commits} commits`);
      t.is(clientsOf(volume), 1 + THREADS);
    });
  });
});
