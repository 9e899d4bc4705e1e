/** Counts rows of an open volume behind its back, through a connection of SQLite's own. */
import Database from 'better-sqlite3';

export type CountedTable = 'inode' | 'dentry' | 'blob' | 'chunk' | 'orphan' | 'session' | 'hold';

export function countRows(file: string, table: CountedTable): number {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  } finally {
    database.close();
  }
}
