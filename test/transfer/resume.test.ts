/** Interrupted work: what was done is said, nothing is half done, and the next run goes on. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { exportTree, importTree, type TransferResult } from '#src/index.js';
import { captureHostTree, makeTree, payload } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

type Stopped = Error & { readonly transfer: TransferResult };

const FILES = 2000;

function makeMany(root: string): void {
  for (let index = 0; index < FILES; index += 1) {
    const directory = join(root, `d${index % 20}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${index}`), `content ${index}`);
  }
}

test('an aborted import says what it did, and the next one does the rest', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    makeMany(source);
    const before = await captureHostTree(source);
    const controller = new AbortController();
    const error = await t.throwsAsync<Stopped>(
      importTree(volume, source, {
        signal: controller.signal,
        onProgress: ({ files }) => {
          if (files > 300) controller.abort();
        },
      }),
      { name: 'AbortError', code: 'ABORT_ERR' },
    );
    const { transfer } = error as Stopped;
    t.true(transfer.files > 300 && transfer.files < FILES, `${transfer.files} files`);
    const { files } = await volume.stats();
    t.is(files, transfer.files, 'the count is what is there');
    t.true(await exists(volume, transfer.lastPath ?? ''));
    const rest = await importTree(volume, source);
    t.is(rest.files + transfer.files, FILES);
    t.is(rest.unchanged, transfer.files);
    t.deepEqual(rest.skipped, []);
    await exportTree(volume, join(folder, 'copy'));
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
  });
});

async function exists(
  volume: { fs: { promises: { lstat(path: string): Promise<unknown> } } },
  path: string,
): Promise<boolean> {
  return volume.fs.promises.lstat(path).then(
    () => true,
    () => false,
  );
}

test('an import that is aborted within a big file leaves nothing of it', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'big'), payload(12 * 1024 * 1024));
    const controller = new AbortController();
    await t.throwsAsync(
      importTree(volume, source, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      { name: 'AbortError' },
    );
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
    t.is((await importTree(volume, source)).files, 1);
  });
});

test('a second import of the same tree changes nothing', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const first = await importTree(volume, source);
    const second = await importTree(volume, source);
    t.is(second.files + second.symlinks + second.hardLinks + second.special, 0);
    t.is(second.unchanged, first.files + first.symlinks + first.hardLinks + first.special);
    t.deepEqual(second.skipped, []);
    await exportTree(volume, join(folder, 'copy'));
    t.deepEqual(await captureHostTree(join(folder, 'copy')), await captureHostTree(source));
  });
});

test('what differs is left alone and reported, or replaced as asked', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    await importTree(volume, source);
    writeFileSync(join(source, 'tiny'), 'changed');
    unlinkSync(join(source, 'link'));
    writeFileSync(join(source, 'link'), 'now a file');
    rmSync(join(source, 'empty'), { recursive: true });
    writeFileSync(join(source, 'empty'), 'now a file too');
    unlinkSync(join(source, 'zero'));
    mkdirSync(join(source, 'zero'));
    writeFileSync(join(source, 'zero/below'), 'x');
    writeFileSync(join(source, 'more'), 'new');
    const kept = await importTree(volume, source);
    const names = kept.skipped.map(({ path, reason }) => `${path.slice(source.length)} ${reason}`);
    t.deepEqual(names.sort(), ['/empty exists', '/link exists', '/tiny exists', '/zero exists']);
    t.is(kept.files, 1);
    t.is(String(await volume.fs.promises.readFile('/tiny')), 'tiny');
    const replaced = await importTree(volume, source, { overwrite: true });
    t.deepEqual(
      replaced.skipped.map(({ path }) => path.slice(source.length)),
      ['/empty'],
      'a directory is never replaced',
    );
    t.is(String(await volume.fs.promises.readFile('/tiny')), 'changed');
    t.is(String(await volume.fs.promises.readFile('/zero/below')), 'x');
  });
});

test('a second export of the same tree changes nothing, and restores what was lost', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    await importTree(volume, source);
    const copy = join(folder, 'copy');
    const first = await exportTree(volume, copy);
    chmodSync(join(copy, 'deep/er'), 0o755);
    unlinkSync(join(copy, 'big'));
    unlinkSync(join(copy, 'deep/er/odd-third'));
    writeFileSync(join(copy, 'tiny'), 'changed');
    utimesSync(join(copy, 'tiny'), 5, 5);
    const second = await exportTree(volume, copy);
    t.deepEqual(
      second.skipped.map(({ path, reason }) => `${path.slice(copy.length)} ${reason}`),
      // The first name of the linked file was made anew: the others are copies of it now.
      ['/deep/odd-again exists', '/odd exists', '/tiny exists'],
    );
    t.is(second.files, 2);
    t.is(second.unchanged, first.files + first.symlinks + first.hardLinks + first.special - 5);
    const third = await exportTree(volume, copy, { overwrite: true });
    t.deepEqual([third.files, third.hardLinks, third.skipped], [1, 2, []]);
    t.deepEqual(await captureHostTree(copy), await captureHostTree(source));
  });
});

test('an aborted export leaves no half file, and the next one does the rest', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'a-small'), 'x');
    writeFileSync(join(source, 'big'), payload(12 * 1024 * 1024));
    await importTree(volume, source);
    const controller = new AbortController();
    const copy = join(folder, 'copy');
    const error = await t.throwsAsync<Stopped>(
      exportTree(volume, copy, {
        signal: controller.signal,
        onProgress: ({ bytes }) => {
          if (bytes > 1_000_000) controller.abort();
        },
      }),
      { name: 'AbortError' },
    );
    t.is((error as Stopped).transfer.files, 1);
    t.deepEqual(readdirSync(copy), ['a-small']);
    t.is((await exportTree(volume, copy)).files, 1);
    t.true(existsSync(join(copy, 'big')));
    t.deepEqual(await captureHostTree(copy), await captureHostTree(source));
  });
});
