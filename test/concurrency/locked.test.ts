/**
 * Another program holds the write lock: reads go on, writes wait and go on or fail in a clear way.
 */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { type Child, startChild } from '../support/child.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';

const CHILD = new URL('./lock-child.js', import.meta.url);

interface Locked {
  readonly volume: Volume;
  readonly child: Child;
  readonly file: string;
}

async function whileLocked(
  t: Parameters<typeof withVolume>[0],
  options: OpenOptions,
  fn: (locked: Locked) => Promise<void>,
): Promise<void> {
  await withVolume(t, options, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'content');
    const child = startChild(CHILD, [file]);
    await child.ask('lock');
    await fn({ volume, child, file });
    await child.end();
  });
}

test('reads go on while the writer waits for the lock, then the write is done', async (t) => {
  await whileLocked(t, { busyTimeoutMs: 20_000 }, async ({ volume, child }) => {
    const fs = volume.fs.promises;
    const order: string[] = [];
    const write = fs.writeFile('/written', 'x').then(() => order.push('write'));
    for (let round = 0; round < 100; round += 1) {
      t.is(await fs.readFile('/file', 'utf8'), 'content');
      t.deepEqual(await fs.readdir('/'), ['file'] as never);
      t.is((await fs.stat('/file')).size, 7);
    }
    order.push('reads');
    await child.ask('unlock');
    await write;
    t.deepEqual(order, ['reads', 'write']);
    t.is(await fs.readFile('/written', 'utf8'), 'x');
  });
});

test('writes fail with ERR_VOLUME_BUSY when the lock stays, and work without it', async (t) => {
  await whileLocked(t, { busyTimeoutMs: 30 }, async ({ volume, child }) => {
    const fs = volume.fs.promises;
    const writes = Array.from({ length: 40 }, (_, index) => fs.writeFile(`/${index}`, 'x'));
    const settled = await Promise.allSettled([
      ...writes,
      volume.transaction((tx) => tx.mkdir('/made')),
    ]);
    for (const result of settled) {
      t.is(result.status === 'rejected' ? result.reason.code : result, 'ERR_VOLUME_BUSY');
    }
    t.is(volume.state, 'open');
    t.deepEqual(await fs.readdir('/'), ['file'] as never);
    await child.ask('unlock');
    await t.notThrowsAsync(fs.writeFile('/after', 'x'));
  });
});

test('opening fails with ERR_VOLUME_BUSY while another program keeps the lock', async (t) => {
  await whileLocked(t, { busyTimeoutMs: 30 }, async ({ child, file, volume }) => {
    const error = await t.throwsAsync(openVolume(file, { busyTimeoutMs: 30 }), {
      code: 'ERR_VOLUME_BUSY',
    });
    t.true(error.message.includes(file));
    await using reading = await openVolume(file, { readOnly: true });
    t.is(await reading.fs.promises.readFile('/file', 'utf8'), 'content');
    await child.ask('unlock');
    await volume.fs.promises.writeFile('/after', 'x');
  });
});

test('closing while another program keeps the lock works and loses nothing', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const volume = await openVolume(file, { busyTimeoutMs: 30 });
    await volume.fs.promises.writeFile('/file', 'content');
    const child = startChild(CHILD, [file]);
    await child.ask('lock');
    await t.notThrowsAsync(volume.close());
    await child.ask('unlock');
    await child.end();
    await using again = await openVolume(file);
    t.is(await again.fs.promises.readFile('/file', 'utf8'), 'content');
  });
});
