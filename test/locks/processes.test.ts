/** Locks between processes: exclusion, order, and what is left of a process that ends in any way. */
import test, { type ExecutionContext } from 'ava';
import { type Child, startChild } from '../support/child.js';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { increments } from './counter.js';

const CHILD = new URL('./lock-child.js', import.meta.url);
const NOW = { wait: false };
const PATIENT = { busyTimeoutMs: 20_000 };

interface Two {
  readonly volume: Volume;
  readonly file: string;
  readonly child: Child;
}

async function withTwo(t: ExecutionContext, fn: (two: Two) => Promise<void>): Promise<void> {
  await withVolume(t, PATIENT, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', '0');
    const child = startChild(CHILD, [file]);
    try {
      await fn({ volume, file, child });
    } finally {
      if (child.process.exitCode === null && child.process.signalCode === null) await child.end();
    }
  });
}

async function waiting(volume: Volume, count: number): Promise<void> {
  await until('they wait', async () => (await volume.stats()).lockWaiters === count);
}

test('a lock of one process keeps the other out until it is released', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    await child.ask('lock', 'theirs', '/file', { mode: 'shared' });
    const shared = await volume.lock('/file', { mode: 'shared', wait: false });
    await shared.release();
    await t.throwsAsync(volume.lock('/file', NOW), { code: 'EAGAIN' });
    const ours = volume.lock('/file');
    await waiting(volume, 1);
    await child.ask('release', 'theirs');
    await using lock = await ours;
    await t.throwsAsync(child.ask('lock', 'x', '/file', NOW), { code: 'EAGAIN' });
    t.is(lock.mode, 'exclusive');
  });
});

test('the order of asking holds between processes', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    const first = await volume.lock('/file', { mode: 'shared' });
    const order: string[] = [];
    const theirs = child.ask('lock', 'theirs', '/file').then(() => order.push('theirs'));
    await waiting(volume, 1);
    const ours = volume.lock('/file', { mode: 'shared' });
    void ours.then(() => order.push('ours'));
    await waiting(volume, 2);
    await t.throwsAsync(volume.lock('/file', { mode: 'shared', wait: false }), { code: 'EAGAIN' });
    await first.release();
    await theirs;
    t.deepEqual(order, ['theirs']);
    await child.ask('release', 'theirs');
    await (await ours).release();
    t.deepEqual(order, ['theirs', 'ours']);
  });
});

test('a counter moved under a lock by callers of two processes loses no update', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    await Promise.all([
      increments(volume, '/file', 1000, 4),
      child.ask('increments', '/file', 1000, 4),
    ]);
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), '2000');
  });
});

for (const [how, end] of [
  ['is killed', (child: Child) => child.kill()],
  [
    'exits without closing',
    async (child: Child) => {
      await child.ask('exit');
      await child.ended;
    },
  ],
] as const) {
  test(`the locks of a process that ${how} are free at once`, async (t) => {
    await withTwo(t, async ({ volume, child }) => {
      await volume.fs.promises.writeFile('/second', '');
      await child.ask('lock', 'one', '/file');
      await child.ask('lock', 'two', '/second', { mode: 'shared' });
      const waits = volume.lock('/file');
      await waiting(volume, 1);
      await end(child);
      // Long before its silence would tell.
      await using ours = await volume.lock('/second', NOW);
      await using first = await waits;
      t.deepEqual([ours.path, first.path], ['/second', '/file']);
    });
  });
}

test('a process that is killed while it waits holds up nobody', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    const shared = await volume.lock('/file', { mode: 'shared' });
    await child.ask('wait', '/file', 'exclusive');
    await waiting(volume, 1);
    const behind = volume.lock('/file', { mode: 'shared' });
    await waiting(volume, 2);
    await child.kill();
    await using lock = await behind;
    await using another = await volume.lock('/file', { mode: 'shared', wait: false });
    t.deepEqual([lock.mode, another.mode], ['shared', 'shared']);
    await shared.release();
  });
});

test('closing in one process lets those who wait in another go on', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    await child.ask('lock', 'theirs', '/file');
    const ours = volume.lock('/file');
    await waiting(volume, 1);
    await child.end();
    await (await ours).release();
    t.pass();
  });
});

test('a file that a process has locked outlives its name until that process ends', async (t) => {
  await withTwo(t, async ({ volume, child }) => {
    await child.ask('lock', 'theirs', '/file');
    await volume.fs.promises.unlink('/file');
    t.is((await volume.stats()).orphans, 1);
    await child.kill();
    await until('it is deleted', async () => (await volume.stats()).orphans === 0);
    t.is((await volume.stats()).locks, 0);
  });
});

test('processes that are killed at any moment leave a lock that can be had', async (t) => {
  await withTwo(t, async ({ volume, file, child }) => {
    await child.ask('lock', 'warm', '/file');
    await child.ask('release', 'warm');
    for (let round = 0; round < 8; round += 1) {
      const other = startChild(CHILD, [file]);
      const theirs = other.ask('increments', '/file', 100_000, 3);
      theirs.catch(() => undefined);
      const before = Number(await volume.fs.promises.readFile('/file', 'utf8'));
      await until('it is at work', async () => {
        const value = Number(await volume.fs.promises.readFile('/file', 'utf8'));
        return value > before + round;
      });
      await other.kill();
      await increments(volume, '/file', 20, 2);
    }
    t.is((await volume.stats()).locks, 0);
  });
});
