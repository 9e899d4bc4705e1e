/** Closing: what was accepted is done, the rest is refused, twice is once. */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { assertVolumeSound } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';

test('close under load does all that was accepted and refuses what comes after', async (t) => {
  const options = { queueCommandsMax: 50, batchCommandsMax: 16 };
  await withVolume(t, options, async ({ volume, file }) => {
    const { promises } = volume.fs;
    const accepted = Array.from({ length: 500 }, (_, index) =>
      promises.writeFile(`/${index}`, `content ${index}`),
    );
    const closed = volume.close();
    t.is(volume.state, 'closing');
    const refused = [
      () => promises.writeFile('/late', ''),
      () => promises.readFile('/0'),
      () => promises.open('/late', 'w'),
      () => promises.stat('/'),
      () => volume.sync(),
      () => volume.checkpoint(),
      () => volume.transaction((tx) => tx.mkdir('/late')),
    ];
    for (const call of refused) await t.throwsAsync(call, { code: 'ERR_VOLUME_CLOSED' });
    await t.notThrowsAsync(Promise.all(accepted));
    await closed;
    t.is(volume.state, 'closed');
    for (const call of refused) await t.throwsAsync(call, { code: 'ERR_VOLUME_CLOSED' });

    await using again = await openVolume(file);
    const names = (await again.fs.promises.readdir('/')) as string[];
    t.is(names.length, 500);
    t.is(await again.fs.promises.readFile('/499', 'utf8'), 'content 499');
    await assertVolumeSound(again);
  });
});

test('closing twice is closing once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/a', 'a');
    await Promise.all([volume.close(), volume.close()]);
    await t.notThrowsAsync(volume.close());
    await t.notThrowsAsync(async () => volume[Symbol.asyncDispose]());
  });
});

test('a clean close leaves one file', async (t) => {
  const { readdir } = await import('node:fs/promises');
  await withVolume(t, {}, async ({ volume, folder }) => {
    await volume.fs.promises.writeFile('/a', Buffer.alloc(300_000));
    await volume.close();
    t.deepEqual(await readdir(folder), ['test.cabinet']);
  });
});

test('a temporary volume is gone after closing', async (t) => {
  const { existsSync } = await import('node:fs');
  const volume = await openVolume();
  await volume.fs.promises.writeFile('/a', 'a');
  t.true(existsSync(volume.path));
  await volume.close();
  t.false(existsSync(volume.path));
});

test('handles may be closed after the volume', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/a', 'w');
    const dir = await volume.fs.promises.opendir('/');
    await volume.close();
    await t.throwsAsync(handle.stat(), { code: 'ERR_VOLUME_CLOSED' });
    await t.throwsAsync(handle.sync(), { code: 'ERR_VOLUME_CLOSED' });
    await t.notThrowsAsync(handle.close());
    await t.notThrowsAsync(dir.close());
  });
});
