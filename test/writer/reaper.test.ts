/** Deleting: big things go in slices, open things go when they are closed. */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { startChild } from '../support/child.js';
import { countRows } from '../support/row-counts.js';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const CHILD = new URL('./open-file-child.js', import.meta.url);
const SMALL_CHUNKS = { chunkSizeBytes: 4096 };
const BIG_BYTES = 4 * 1024 * 1024;

async function makeTree(volume: Volume, directories: number, files: number): Promise<void> {
  const fs = volume.fs.promises;
  await fs.mkdir('/tree');
  const made = Array.from({ length: directories }, async (_, dir) => {
    await fs.mkdir(`/tree/${dir}`);
    const writes = Array.from({ length: files }, (_unused, index) =>
      fs.writeFile(`/tree/${dir}/${index}`, 'x'),
    );
    await Promise.all(writes);
  });
  await Promise.all(made);
}

test('a big file and a big tree disappear at once, and their space comes back', async (t) => {
  await withVolume(t, SMALL_CHUNKS, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/big', Buffer.alloc(BIG_BYTES, 1));
    t.is(countRows(file, 'blob'), BIG_BYTES / 4096);
    await makeTree(volume, 40, 50);
    await Promise.all([fs.unlink('/big'), fs.rm('/tree', { recursive: true })]);
    t.deepEqual(await fs.readdir('/'), [] as never);
    await Promise.all([fs.mkdir('/tree'), fs.writeFile('/big', 'small')]);
    await until('what was removed to be gone', () => countRows(file, 'inode') === 3);
    t.is(countRows(file, 'orphan'), 0);
    t.is(countRows(file, 'blob'), 0);
  });
});

test('an unlinked file lives until its last handle is closed', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/file', 'content');
    const [reading, writing] = [await fs.open('/file', 'r'), await fs.open('/file', 'r+')];
    await fs.unlink('/file');
    await fs.writeFile('/file', 'another');
    t.is(await reading.readFile('utf8'), 'content');
    await writing.write('CON', 0);
    await reading.close();
    t.is(countRows(file, 'orphan'), 1);
    t.is((await writing.stat()).nlink, 0);
    const { buffer } = await writing.read(Buffer.alloc(7), 0, 7, 0);
    t.is(buffer.toString(), 'CONtent');
    await writing.close();
    await until('the orphan to be deleted', () => countRows(file, 'orphan') === 0);
    t.is(await fs.readFile('/file', 'utf8'), 'another');
  });
});

test('a file that is replaced by a rename lives in the handles that have it open', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/old', 'old');
    await fs.writeFile('/new', 'new');
    const handle = await fs.open('/old', 'r');
    await fs.rename('/new', '/old');
    t.is(await handle.readFile('utf8'), 'old');
    t.is(await fs.readFile('/old', 'utf8'), 'new');
    await handle.close();
    await until('the orphan to be deleted', () => countRows(file, 'orphan') === 0);
  });
});

test('two volume objects of one process respect each other’s open files', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    const other = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'content');
    const handle = await other.fs.promises.open('/file', 'r');
    await volume.fs.promises.unlink('/file');
    await volume.fs.promises.writeFile('/else', '');
    t.is(await handle.readFile('utf8'), 'content');
    await handle.close();
    await until('the orphan to be deleted', () => countRows(file, 'orphan') === 0);
    await other.close();
  });
});

test('a file open in another process survives its unlink here, until closed there', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'content');
    const child = startChild(CHILD, [file]);
    await child.ask('open', '/file');
    // At once: this process has not yet looked who else is there.
    await volume.fs.promises.unlink('/file');
    t.is(await child.ask('read'), 'content');
    await child.ask('awaitHold');
    t.is(countRows(file, 'orphan'), 1);
    t.is(await child.ask('read'), 'content');
    await child.ask('close');
    await until('the orphan to be deleted', () => countRows(file, 'orphan') === 0);
    await child.end();
  });
});
