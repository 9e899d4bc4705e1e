/**
 * Plain better-sqlite3 on the calling thread with the four rows a POSIX filesystem needs per file
 * (inode, dentry, chunk, blob) and nothing else: what remains of a difference to the one-row
 * contender when the format is taken out of it. One directory; statements cached; no checks.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type PlainDatabase, transactionsOf } from './plain-sqlite.js';

export const PLAIN_TREE = 'plain, four rows';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS inode (
    ino INTEGER PRIMARY KEY, mode INTEGER, nlink INTEGER, size INTEGER, mtime INTEGER
  );
  CREATE TABLE IF NOT EXISTS dentry (
    parent INTEGER, name TEXT, ino INTEGER, PRIMARY KEY (parent, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chunk (
    ino INTEGER, idx INTEGER, blob INTEGER, PRIMARY KEY (ino, idx)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blob (id INTEGER PRIMARY KEY, refs INTEGER, data BLOB);
`;

export interface PlainTree extends PlainDatabase {
  /** Creates a file of one chunk. */
  create(name: string, content: Buffer): void;
  get(name: string): Buffer | undefined;
  rename(from: string, to: string): number;
  /** Returns how many blobs went with the name. */
  unlink(name: string): number;
}

export function openPlainTree(folder: string): PlainTree {
  const database = new Database(join(folder, 'tree.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(SCHEMA);
  const sql = (text: string): Database.Statement<unknown[]> => database.prepare(text);
  const addInode = sql('INSERT INTO inode (mode, nlink, size, mtime) VALUES (33188, 1, ?, 0)');
  const addDentry = sql('INSERT INTO dentry VALUES (1, ?, ?)');
  const addBlob = sql('INSERT INTO blob (refs, data) VALUES (1, ?)');
  const addChunk = sql('INSERT INTO chunk VALUES (?, 0, ?)');
  const find = sql('SELECT ino FROM dentry WHERE parent = 1 AND name = ?').pluck();
  const data = sql(
    'SELECT data FROM chunk JOIN blob ON blob.id = chunk.blob WHERE chunk.ino = ? AND idx = 0',
  ).pluck();
  const rename = sql('UPDATE dentry SET name = ? WHERE parent = 1 AND name = ?');
  const removeDentry = sql('DELETE FROM dentry WHERE parent = 1 AND name = ?');
  const removeInode = sql('DELETE FROM inode WHERE ino = ?');
  const removeBlob = sql('DELETE FROM blob WHERE id = (SELECT blob FROM chunk WHERE ino = ?)');
  const removeChunk = sql('DELETE FROM chunk WHERE ino = ?');
  return {
    ...transactionsOf(database),
    create: (name, content) => {
      const ino = addInode.run(content.length).lastInsertRowid;
      addDentry.run(name, ino);
      addChunk.run(ino, addBlob.run(content).lastInsertRowid);
    },
    get: (name) => data.get(find.get(name)) as Buffer | undefined,
    rename: (from, to) => rename.run(to, from).changes,
    unlink: (name) => {
      const ino = find.get(name);
      removeDentry.run(name);
      removeInode.run(ino);
      const { changes } = removeBlob.run(ino);
      removeChunk.run(ino);
      return changes;
    },
  };
}
