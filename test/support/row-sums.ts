/** Sums of rows for tests that change a volume behind its back. */
import type Database from 'better-sqlite3';
import { provideSums } from '#src/sqlite/sum-functions.js';

const SEAL: readonly string[] = [
  `UPDATE dentry SET sum = cabinet_entry_sum(parent, CAST(name AS BLOB), ino)
   WHERE sum IS NOT cabinet_entry_sum(parent, CAST(name AS BLOB), ino)`,
  `UPDATE symlink SET sum = cabinet_link_sum(ino, CAST(target AS BLOB))
   WHERE sum IS NOT cabinet_link_sum(ino, CAST(target AS BLOB))`,
  `UPDATE xattr SET sum = cabinet_attribute_sum(ino, CAST(name AS BLOB), value)
   WHERE sum IS NOT cabinet_attribute_sum(ino, CAST(name AS BLOB), value)`,
];

/** Gives all rows with text the sum of what is in them; the other tables do so themselves. */
export function sealRows(database: Database.Database): void {
  provideSums(database);
  for (const sql of SEAL) database.exec(sql);
}

/**
 * Runs SQL that changes rows of `table` and leaves their sums as they were, as a disk does. For the moment
 * of the change the column of the sum is an ordinary one.
 */
export function damageRows(database: Database.Database, table: string, sql: string): void {
  const select = database.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?');
  const original = select.pluck().get(table) as string;
  const plain = original.replace(/ NOT NULL GENERATED ALWAYS AS \([\s\S]*?\) STORED/, '');
  const without = plain.replace(/,\s+sound\s+INTEGER GENERATED ALWAYS AS \([\s\S]*?\) VIRTUAL/, '');
  const define = (text: string): void => {
    database.pragma('writable_schema = ON');
    database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(text, table);
    database.pragma('writable_schema = RESET');
  };
  database.unsafeMode(true);
  database.pragma('foreign_keys = OFF');
  database.exec('BEGIN IMMEDIATE');
  if (plain !== original) define(without);
  database.exec(sql);
  if (plain !== original) define(original);
  database.exec('COMMIT');
  database.unsafeMode(false);
}
