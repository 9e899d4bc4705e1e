/** What an archive holds, and what can be had back from it. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { listArchive, materialise, openVolume } from '#src/index.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree } from '../support/tree.js';
import { until } from '../support/until.js';
import { restoredTree, SELDOM_SECONDS } from './stage.js';

interface Place {
  readonly folder: string;
  readonly file: string;
  readonly directory: string;
  readonly options: OpenOptions;
}

function withPlace(fn: (place: Place) => Promise<void>): Promise<void> {
  return withFolder((folder) => {
    const directory = join(folder, 'archive');
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS };
    const file = join(folder, 'test.cabinet');
    return fn({ folder, file, directory, options: { archive } });
  });
}

interface Kept {
  readonly commit: number;
  readonly atMs: number;
  readonly tree: unknown;
}

async function keep(volume: Volume): Promise<Kept> {
  await volume.archive?.settle();
  const { lastCommit, lastAtMs } = volume.archive?.status ?? {};
  const tree = await captureTree(volume.fs.promises as never, '/');
  return { commit: lastCommit ?? -1, atMs: lastAtMs ?? -1, tree };
}

test('the tree of each state comes back by commit, by time and by date', async (t) => {
  await withPlace(async ({ folder, file, directory, options }) => {
    const volume = await openVolume(file, options);
    const kept: Kept[] = [];
    for (let step = 0; step < 4; step += 1) {
      await volume.fs.promises.writeFile(`/file${step}`, Buffer.alloc(100_000 * step, 'x'));
      if (step === 2) await volume.fs.promises.rm('/file1');
      kept.push(await keep(volume));
    }
    await volume.close();
    for (const { commit, atMs, tree } of kept) {
      t.deepEqual(await restoredTree(t, directory, { commit }, folder), tree);
      t.deepEqual(await restoredTree(t, directory, atMs, folder), tree);
      t.deepEqual(await restoredTree(t, directory, new Date(atMs), folder), tree);
    }
    t.deepEqual(await restoredTree(t, directory, undefined, folder), kept.at(-1)?.tree);
    const later = { commit: Number.MAX_SAFE_INTEGER };
    t.deepEqual(await restoredTree(t, directory, later, folder), kept.at(-1)?.tree);
  });
});

test('the list names every state once, in order', async (t) => {
  await withPlace(async ({ file, directory, options }) => {
    const volume = await openVolume(file, options);
    const commits: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      await volume.fs.promises.writeFile(`/${step}`, 'x');
      commits.push((await keep(volume)).commit);
    }
    await volume.close();
    const points = listArchive(directory);
    const listed = points.map(({ commit }) => commit);
    t.deepEqual(
      listed,
      [...new Set(listed)].sort((a, b) => a - b),
    );
    for (const commit of commits) t.true(listed.includes(commit));
    t.is(new Set(points.map(({ generation }) => generation)).size, 1);
    for (const { atMs } of points) t.true(atMs > 1_600_000_000_000 && atMs <= Date.now());
  });
});

test('an archive goes on in the same chain after a clean close', async (t) => {
  await withPlace(async ({ folder, file, directory, options }) => {
    for (let run = 0; run < 3; run += 1) {
      const volume = await openVolume(file, options);
      await volume.fs.promises.writeFile(`/${run}`, String(run));
      const { tree, commit } = await keep(volume);
      await volume.close();
      t.deepEqual(await restoredTree(t, directory, { commit }, folder), tree);
    }
    t.is(new Set(listArchive(directory).map(({ generation }) => generation)).size, 1);
    const names = readdirSync(folder).filter((name) => name.startsWith('test.'));
    t.deepEqual(names, ['test.cabinet'], 'the log is put in order at the end');
  });
});

test('what was written while nobody archived begins a new chain, and nothing is missing', async (t) => {
  await withPlace(async ({ folder, file, directory, options }) => {
    const first = await openVolume(file, options);
    await first.fs.promises.writeFile('/a', 'a');
    const before = await keep(first);
    await first.close();
    const unseen = await openVolume(file);
    await unseen.fs.promises.writeFile('/unseen', 'x');
    await unseen.close();
    const second = await openVolume(file, options);
    await second.fs.promises.writeFile('/b', 'b');
    const after = await keep(second);
    await second.close();
    t.deepEqual(await restoredTree(t, directory, { commit: before.commit }, folder), before.tree);
    t.deepEqual(await restoredTree(t, directory, { commit: after.commit }, folder), after.tree);
    t.is(new Set(listArchive(directory).map(({ generation }) => generation)).size, 2);
  });
});

test('the archive ships by itself', async (t) => {
  await withPlace(async ({ folder, file, directory }) => {
    const volume = await openVolume(file, { archive: { dir: directory, everySeconds: 1 } });
    await until('a base', () => volume.archive?.status.baseAtMs !== null);
    await volume.fs.promises.writeFile('/a', 'a');
    const { commit: _, ...before } = await keep(volume);
    await volume.fs.promises.writeFile('/b', 'b');
    const wrote = Date.now();
    await until('everything to be shipped', () => {
      return (volume.archive?.status.completeAtMs ?? 0) >= wrote;
    });
    t.true((volume.archive?.status.lastAtMs ?? 0) > before.atMs);
    const tree = await captureTree(volume.fs.promises as never, '/');
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    await volume.close();
  });
});

test('an idle volume is left alone', async (t) => {
  await withPlace(async ({ file, directory }) => {
    const volume = await openVolume(file, { archive: { dir: directory, everySeconds: 1 } });
    await volume.fs.promises.writeFile('/a', 'a');
    await keep(volume);
    // The record of the base is a commit of its own.
    await keep(volume);
    const { lastCommit } = volume.archive?.status ?? {};
    const seen = Date.now() + 1500;
    await until('two more looks', () => (volume.archive?.status.completeAtMs ?? 0) > seen);
    t.is(volume.archive?.status.lastCommit, lastCommit);
    t.is(volume.archive?.status.lagMs === undefined, false);
    await volume.close();
  });
});

test('a long log is begun anew while the archive follows it', async (t) => {
  await withPlace(async ({ folder, file, directory }) => {
    const checkpointWalBytes = 1_000_000;
    const archive = { dir: directory, everySeconds: SELDOM_SECONDS };
    const volume = await openVolume(file, { archive, checkpointWalBytes });
    await volume.archive?.settle();
    let walBytesMax = 0;
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(50_000, `${round}-`)),
        ),
      );
      walBytesMax = Math.max(walBytesMax, statSync(`${file}-wal`).size);
    }
    // 30 MB were written. The bound is the same as without an archive, and one look's worth more.
    t.true(walBytesMax < 20 * checkpointWalBytes, `the log grew to ${walBytesMax} bytes`);
    const { tree } = await keep(volume);
    t.deepEqual(await restoredTree(t, directory, undefined, folder), tree);
    await volume.close();
  });
});

test('restoring refuses a target that exists, and moments that are none', async (t) => {
  await withPlace(async ({ folder, file, directory, options }) => {
    const volume = await openVolume(file, options);
    await keep(volume);
    const target = join(folder, 'target');
    await t.throwsAsync(materialise(directory, 1000, target), {
      code: 'ERR_RESTORE_POINT_MISSING',
      message: /The oldest is of .*, commit \d+/,
    });
    await t.throwsAsync(materialise(directory, { commit: 0 }, target), {
      code: 'ERR_RESTORE_POINT_MISSING',
    });
    for (const at of [Number.NaN, 'yesterday', { commit: 1.5 }, new Date('x')]) {
      await t.throwsAsync(materialise(directory, at as never, target), {
        code: 'ERR_OPTION_INVALID',
      });
    }
    await t.throwsAsync(materialise(directory, undefined, file), { code: 'ERR_VOLUME_EXISTS' });
    await t.throwsAsync(materialise(folder, undefined, target), { code: 'ERR_ARCHIVE_CONFLICT' });
    await t.throwsAsync(materialise(join(folder, 'no'), undefined, target), {
      code: 'ERR_ARCHIVE_CONFLICT',
    });
    const missing = join(folder, 'no', 'target');
    await t.throwsAsync(materialise(directory, undefined, missing), { code: 'ERR_IO' });
    const aborted = AbortSignal.abort();
    await t.throwsAsync(materialise(directory, undefined, target, { signal: aborted }), {
      name: 'AbortError',
    });
    t.deepEqual(readdirSync(folder).includes('target'), false);
    await volume.close();
  });
});

test('progress of a restore ends with everything', async (t) => {
  await withPlace(async ({ folder, file, directory, options }) => {
    const volume = await openVolume(file, options);
    await volume.fs.promises.writeFile('/big', Buffer.alloc(5_000_000));
    await keep(volume);
    await volume.close();
    const seen: { bytesDone: number; bytesTotal: number }[] = [];
    const { bytes } = await materialise(directory, undefined, join(folder, 'r'), {
      onProgress: (progress) => seen.push(progress),
    });
    t.is(statSync(join(folder, 'r')).size, bytes);
    t.true(seen.length > 0);
    for (const { bytesDone, bytesTotal } of seen) t.true(bytesDone <= bytesTotal);
  });
});
