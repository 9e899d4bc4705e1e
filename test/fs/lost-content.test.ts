/** Content that is lost answers EIO: it must never read as the zeros of a hole. */
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';

const CHUNK_BYTES = 65_536;

interface Loss {
  readonly title: string;
  readonly sql: string;
  /** Offset of a byte that is lost. */
  readonly offset: number;
}

const LOSSES: readonly Loss[] = [
  {
    title: 'the first chunk',
    sql: 'DELETE FROM blob WHERE id = (SELECT max(head) FROM inode)',
    offset: 0,
  },
  {
    title: 'a later chunk',
    sql: 'DELETE FROM blob WHERE id = (SELECT blob FROM chunk WHERE idx = 2)',
    offset: 2 * CHUNK_BYTES,
  },
];

for (const { title, sql, offset } of LOSSES) {
  test(`reading a file that lost ${title} fails with EIO`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      await using volume = await openVolume(file);
      const { promises } = volume.fs;
      await promises.writeFile('/big', Buffer.alloc(4 * CHUNK_BYTES, 7));
      const database = new Database(file);
      database.pragma('foreign_keys = OFF');
      database.exec(sql);
      database.close();
      await t.throwsAsync(promises.readFile('/big'), { code: 'EIO' });
      await using handle = await promises.open('/big', 'r+');
      const target = Buffer.alloc(10);
      await t.throwsAsync(handle.read(target, 0, 10, offset), { code: 'EIO' });
      await t.throwsAsync(handle.write('x', offset + 5), { code: 'EIO' });
      const { bytesRead } = await handle.read(target, 0, 10, CHUNK_BYTES);
      t.is(bytesRead, 10);
      t.deepEqual(target, Buffer.alloc(10, 7));
    });
  });
}
