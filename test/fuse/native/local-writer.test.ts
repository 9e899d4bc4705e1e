/** The writer on the thread that serves fuse-native, and what it keeps of openings. */
import { join } from 'node:path';
import test from 'ava';
import { resolveOptions } from '#src/core/options.js';
import { encodeStatfs } from '#src/fuse/native/arrays.js';
import { Handles } from '#src/fuse/native/handles.js';
import { HiddenFiles } from '#src/fuse/native/hidden-files.js';
import { LocalWriter } from '#src/fuse/native/local-writer.js';
import { openVolume } from '#src/index.js';
import { withFolder } from '../../support/temporary-volume.js';

const CREATOR = { mode: 0o644, uid: 0, gid: 0 };
const ROOT = 1 as never;

test('changes of one turn are done together, each answered for itself', async (t) => {
  for (const durability of ['interval', 'full'] as const) {
    await withFolder(async (folder) => {
      const path = join(folder, 'v.cabinet');
      await using volume = await openVolume(path);
      const writer = await LocalWriter.open(path, resolveOptions({ durability }));
      const place = { parent: ROOT, name: 'a' };
      const results = await Promise.allSettled([
        writer.submit('createAt', [place, CREATOR]),
        writer.submit('createAt', [place, CREATOR]),
        writer.submit('mkdirAt', [{ parent: ROOT, name: 'd' }, CREATOR]),
      ]);
      t.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      t.like(results[1], { reason: { code: 'EEXIST' } });
      t.deepEqual(volume.fs.readdirSync('/'), ['a', 'd']);
      await writer.close();
    });
  }
});

test('while another process has the lock the event loop turns, and the change is done after', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'v.cabinet');
    await using volume = await openVolume(path);
    const writer = await LocalWriter.open(path, resolveOptions({}));
    const { default: Database } = await import('better-sqlite3');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    let isDone = false;
    const made = writer.submit('mkdirAt', [{ parent: ROOT, name: 'd' }, CREATOR]).then(() => {
      isDone = true;
    });
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
    t.false(isDone);
    other.exec('ROLLBACK');
    other.close();
    await made;
    t.deepEqual(volume.fs.readdirSync('/'), ['d']);
    await writer.close();
  });
});

test('another process has the lock for longer than the option says: ERR_VOLUME_BUSY', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'v.cabinet');
    await using _volume = await openVolume(path);
    const writer = await LocalWriter.open(path, resolveOptions({ busyTimeoutMs: 50 }));
    const { default: Database } = await import('better-sqlite3');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const attempt = writer.submit('mkdirAt', [{ parent: ROOT, name: 'd' }, CREATOR]);
    await t.throwsAsync(attempt, { code: 'ERR_VOLUME_BUSY' });
    other.exec('ROLLBACK');
    other.close();
    await writer.close();
  });
});

test('handles are numbers from 1 on, used again, and bounded', (t) => {
  const handles = new Handles(2);
  const [one, two] = [handles.open(7 as never, false), handles.open(7 as never, true)];
  t.deepEqual([one, two], [1, 2]);
  t.throws(() => handles.checkRoom(), { code: 'EMFILE' });
  handles.close(one);
  t.true(handles.isOpen(7 as never));
  t.throws(() => handles.get(one), { code: 'EBADF' });
  t.is(handles.open(8 as never, false), 1);
  handles.close(two);
  t.false(handles.isOpen(7 as never));
});

test('hidden names are those of libfuse, wherever their directory is by now', (t) => {
  t.true(HiddenFiles.isName('.fuse_hidden0000000200000001'));
  t.false(HiddenFiles.isName('.fuse_hidden'));
  const hidden = new HiddenFiles();
  hidden.hide('.fuse_hidden0000000200000001', 9 as never);
  t.is(hidden.at('/elsewhere/.fuse_hidden0000000200000001'), 9 as never);
  t.is(hidden.at('/a'), undefined);
  t.true(hidden.forget('/x/.fuse_hidden0000000200000001'));
  t.false(hidden.forget('/x/.fuse_hidden0000000200000001'));
});

test('a disk with more blocks than 32 bits can count has bigger ones', (t) => {
  const TIB = 2 ** 40;
  const facts = { freeBytes: TIB, files: 5, freeFiles: 2 ** 32, nameBytesMax: 255 };
  for (const totalBytes of [TIB, 15 * TIB, 16 * TIB, 1000 * TIB]) {
    const cells = encodeStatfs({ ...facts, totalBytes });
    t.is((cells[0] as number) * (cells[2] as number), totalBytes);
    t.is((cells[0] as number) * (cells[3] as number), TIB);
    t.is(cells[5], 2 ** 32 - 1);
  }
});
