/** With `verifyReads` the views compare the rows that they read with their sums. */
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume, VolumeError } from '#src/index.js';
import { damageRows } from '../support/row-sums.js';
import { withFolder } from '../support/temporary-volume.js';

const DAMAGES: Readonly<Record<string, readonly [table: string, sql: string, query: string]>> = {
  'an inode': ['inode', 'UPDATE inode SET size = size + 1 WHERE ino = 3', 'SELECT size FROM files'],
  'a name': ['dentry', "UPDATE dentry SET name = 'x' WHERE name = 'a'", 'SELECT name FROM files'],
  'a directory': ['inode', 'UPDATE inode SET uid = 7 WHERE ino = 2', 'SELECT uid FROM directories'],
  'a target': ['symlink', "UPDATE symlink SET target = 'x'", 'SELECT target FROM files'],
};

for (const [what, [table, sql, query]] of Object.entries(DAMAGES)) {
  test(`with verifyReads a query that meets ${what} with a wrong sum ends`, (t) =>
    withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      const made = await openVolume(file);
      await made.fs.promises.mkdir('/dir');
      await made.fs.promises.writeFile('/dir/a', 'content');
      await made.fs.promises.symlink('target', '/dir/link');
      await made.close();
      const everything = 'SELECT * FROM files, directories, usage';
      await using sound = await openVolume(file, { readOnly: true, verifyReads: true });
      await using plain = await openVolume(file, { readOnly: true });
      const proven = await sound.query(everything, [], { rowMode: 'array' });
      t.deepEqual(proven.rows, (await plain.query(everything, [], { rowMode: 'array' })).rows);
      t.true(proven.rows.length > 0);
      const database = new Database(file);
      damageRows(database, table, sql);
      database.close();
      const error = await t.throwsAsync(sound.query(query), { instanceOf: VolumeError });
      t.is(error?.code, 'ERR_VOLUME_CORRUPT');
      t.regex(error?.message ?? '', /has a wrong sum/);
      await t.notThrowsAsync(plain.query(query));
    }));
}
