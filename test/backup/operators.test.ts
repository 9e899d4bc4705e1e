/** Two at once, leftovers of the dead, and files of the living. */
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openVolume, restoreVolume, verifyVolume } from '#src/index.js';
import { clearLeftovers } from '#src/maintenance/placement/leftovers.js';
import { newWork, partialPath } from '#src/maintenance/placement/partial-name.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { beside, digestOf, fillVolume, readManifestOf, treeOf, treeOfFile } from './place.js';

type Outcome = PromiseSettledResult<unknown>;

function codesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
  );
}

/** Work of a process that has ended. */
function deadWork(): string {
  const [system, , , random] = newWork().split('-');
  return [system, 999_999_999, 1, random].join('-');
}

test('of several backups to one place at once one is made, and it is whole', async (t) => {
  await withVolume(t, { readerThreadsMax: 4 }, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => volume.backup(dest)));
    const codes = codesOf(outcomes);
    t.true(codes.length >= 2, 'at most one');
    t.true(
      codes.every((code) => ['ERR_VOLUME_BUSY', 'ERR_VOLUME_EXISTS'].includes(code)),
      `${codes}`,
    );
    if (codes.length === 3) await volume.backup(dest);
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
    t.is(digestOf(dest), readManifestOf(dest).sha256);
    t.true((await verifyVolume(dest)).ok);
  });
});

test('several backups that may overwrite leave one with its own manifest', async (t) => {
  await withVolume(t, { readerThreadsMax: 4 }, async ({ volume, folder }) => {
    await fillVolume(volume);
    const dest = join(folder, 'copy');
    await volume.backup(dest);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => volume.backup(dest, { overwrite: true, verify: false })),
    );
    t.true(
      codesOf(outcomes).every((code) => code === 'ERR_VOLUME_BUSY'),
      `${codesOf(outcomes)}`,
    );
    t.is(digestOf(dest), readManifestOf(dest).sha256);
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
  });
});

test('of two restores to one place at once one is made, and it is whole', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await fillVolume(volume);
    const tree = await treeOf(volume);
    await volume.backup(join(folder, 'backup'));
    const dest = join(folder, 'restored');
    const outcomes = await Promise.allSettled(
      [1, 2].map(() => restoreVolume(join(folder, 'backup'), dest)),
    );
    const codes = codesOf(outcomes);
    t.true(
      codes.every((code) => ['ERR_VOLUME_BUSY', 'ERR_VOLUME_EXISTS'].includes(code)),
      `${codes}`,
    );
    t.true(codes.length >= 1);
    if (codes.length === 2) await restoreVolume(join(folder, 'backup'), dest);
    t.deepEqual(beside(dest), ['restored']);
    t.deepEqual(await treeOfFile(dest), tree);
  });
});

test('a volume that is opened while it is being restored stays, and the restore gives up', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    const first = await openVolume(file);
    await fillVolume(first);
    await first.backup(join(folder, 'backup'));
    await first.fs.promises.writeFile('/later', 'x');
    await first.close();
    let opening: ReturnType<typeof openVolume> | undefined;
    const restore = restoreVolume(join(folder, 'backup'), file, {
      overwrite: true,
      onProgress: ({ phase }) => {
        if (phase === 'verify') opening ??= openVolume(file);
      },
    });
    const settled = await Promise.allSettled([restore]);
    const volume = await (opening as ReturnType<typeof openVolume>);
    // Whoever came first has it: never both.
    if (settled[0].status === 'rejected') {
      t.is(settled[0].reason.code, 'ERR_VOLUME_BUSY');
      t.true((await volume.fs.promises.readdir('/')).includes('later' as never));
      await volume.backup(join(folder, 'during'));
    }
    t.true((await volume.check({ content: true })).ok);
    await volume.close();
    t.true((await verifyVolume(file)).ok);
  });
});

test('what dead processes left is removed, what living ones make is not', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    const dead = deadWork();
    const left = [
      partialPath(dest, dead),
      `${partialPath(dest, dead)}-wal`,
      `${partialPath(dest, dead)}-journal`,
      partialPath(dest, dead, 'manifest'),
    ];
    for (const path of left) writeFileSync(path, 'left');
    const others = [
      join(folder, 'copy.partial'),
      join(folder, 'copy2.partial'),
      join(folder, 'copy.abc.partial'),
      partialPath(join(folder, 'another'), dead),
      partialPath(join(folder, 'copycat'), dead),
    ];
    for (const path of others) writeFileSync(path, 'not ours');
    await volume.backup(dest);
    for (const path of left) t.false(existsSync(path), path);
    for (const path of others) t.is(readFileSync(path, 'utf8'), 'not ours');
    const living = partialPath(dest, newWork());
    writeFileSync(living, 'being made');
    await t.throwsAsync(volume.backup(dest, { overwrite: true }), { code: 'ERR_VOLUME_BUSY' });
    t.is(readFileSync(living, 'utf8'), 'being made');
  });
});

test('work of another system counts as left behind after a day of silence', async (t) => {
  await withFolder(async (folder) => {
    const dest = join(folder, 'copy');
    const foreign = partialPath(dest, '12345678-77-99-0123456789ab');
    writeFileSync(foreign, 'of another machine');
    t.deepEqual(clearLeftovers(dest), []);
    const old = (Date.now() - 25 * 3_600_000) / 1000;
    utimesSync(foreign, old, old);
    t.deepEqual(clearLeftovers(dest), [foreign]);
    t.false(existsSync(foreign));
  });
});

test('a manifest that was left without its backup goes', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const dest = join(folder, 'copy');
    await volume.backup(dest);
    const good = readFileSync(`${dest}.json`, 'utf8');
    writeFileSync(
      partialPath(dest, deadWork(), 'manifest'),
      good.replace(/"sha256": "../, '"sha256": "00'),
    );
    clearLeftovers(dest);
    t.is(readFileSync(`${dest}.json`, 'utf8'), good);
    t.deepEqual(beside(dest), ['copy', 'copy.json']);
  });
});

test('the old name of a replaced volume goes once the new one is there', async (t) => {
  await withFolder(async (folder) => {
    mkdirSync(join(folder, 'd'));
    const dest = join(folder, 'd', 'v');
    const replaced = partialPath(dest, deadWork(), 'replaced');
    writeFileSync(replaced, 'old');
    t.deepEqual(clearLeftovers(dest), [], 'without the new one it may be all there is');
    writeFileSync(dest, 'new');
    t.deepEqual(clearLeftovers(dest), [replaced]);
  });
});

test('opening a volume for writing removes what a killed restore left beside it', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    await (await openVolume(file)).close();
    const dead = partialPath(file, deadWork());
    const living = partialPath(file, newWork());
    for (const path of [dead, living]) writeFileSync(path, 'partial');
    await (await openVolume(file, { readOnly: true })).close();
    t.true(existsSync(dead), 'who only reads changes nothing');
    await (await openVolume(file)).close();
    t.false(existsSync(dead));
    t.true(existsSync(living));
  });
});
