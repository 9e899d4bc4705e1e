/** A thread that does not take what it is told of commits: bounded, said, and made good afterwards. */
import test from 'ava';
import type { Volume } from '#src/index.js';
import { CHANGES_BACKLOG_MAX } from '#src/writer/change-backlog.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { createCell, withThreads } from './threads.js';

/** Changes in one commit. */
const STEPS = 2000;

interface Told {
  readonly changes: number;
  readonly lost: number;
}

async function change(volume: Volume, path: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += STEPS) {
    await volume.transaction((tx) => {
      for (let step = 0; step < STEPS; step += 1) tx.chmod(path, 0o600 + (step & 1));
    });
  }
}

test('of a blocked thread at most so many changes wait; then it is told that it lost some', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/f', '');
    await withThreads(volume, 1, async (thread) => {
      await thread?.ask('subscribeToCount');
      const [release, blocked] = [createCell(), createCell()];
      const block = thread?.ask('block', release, blocked);
      await until('it is blocked', () => Atomics.load(blocked, 0) === 1);
      await change(volume, '/f', 2 * CHANGES_BACKLOG_MAX);
      Atomics.store(release, 0, 1);
      await block;
      const told = async (): Promise<Told> => (await thread?.ask<Told>('told')) as Told;
      await until('it is told', async () => (await told()).lost > 0);
      const { changes, lost } = await told();
      t.is(lost, 1);
      t.true(changes > CHANGES_BACKLOG_MAX / 2 && changes <= CHANGES_BACKLOG_MAX, `${changes}`);
      await change(volume, '/f', STEPS);
      await until('what came later is told', async () => {
        const now = await told();
        return now.changes === changes + STEPS && now.lost === 1;
      });
    });
  });
});

test('a watcher on a blocked thread finds in the tables what it was not told', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.mkdir('/d/old', { recursive: true });
    await promises.writeFile('/f', '');
    await promises.writeFile('/d/gone', '');
    await withThreads(volume, 1, async (thread) => {
      await thread?.ask('watch', '/d');
      const [release, blocked] = [createCell(), createCell()];
      const block = thread?.ask('block', release, blocked);
      await until('it is blocked', () => Atomics.load(blocked, 0) === 1);
      await promises.writeFile('/d/early', '');
      await change(volume, '/f', CHANGES_BACKLOG_MAX);
      await promises.mkdir('/d/new');
      await promises.writeFile('/d/new/file', 'x');
      await promises.rename('/d/old', '/d/new/old');
      await promises.unlink('/d/gone');
      Atomics.store(release, 0, 1);
      await block;
      const told = async (): Promise<string[]> => (await thread?.ask<string[]>('watched')) ?? [];
      const wanted = ['early', 'gone', 'new', 'new/file', 'new/old', 'old'];
      await until('all is told', async () => {
        const names = new Set((await told()).map((event) => event.split(' ')[1]));
        return wanted.every((name) => names.has(name));
      });
      const before = (await told()).length;
      await promises.writeFile('/d/late', '');
      await until('what comes later is told', async () => (await told()).length > before);
      const [last, ...more] = (await told()).slice(before);
      t.is(last, 'rename late');
      t.deepEqual(more, []);
    });
  });
});

test('who does not say what to do when changes are lost is warned, once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/f', '');
    const odd = volume.subscribe(() => undefined, { onLoss: () => undefined } as object);
    await t.throwsAsync(odd, { code: 'ERR_OPTION_UNKNOWN' });
    await withThreads(volume, 1, async (thread) => {
      await thread?.ask('collectWarnings');
      await thread?.ask('subscribe');
      const [release, blocked] = [createCell(), createCell()];
      const block = thread?.ask('block', release, blocked);
      await until('it is blocked', () => Atomics.load(blocked, 0) === 1);
      await change(volume, '/f', CHANGES_BACKLOG_MAX + STEPS);
      Atomics.store(release, 0, 1);
      await block;
      const warnings = async (): Promise<string[]> =>
        (await thread?.ask<string[]>('warnings')) ?? [];
      await until('the warning', async () => (await warnings()).length > 0);
      t.deepEqual(await warnings(), ['CABINETFS_CHANGES_LOST']);
    });
  });
});
