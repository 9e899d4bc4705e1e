/** Plain databases of the driver, to ask it what this project relies on. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { withFolder } from '../support/temporary-volume.js';

export interface Bench {
  readonly folder: string;
  readonly path: string;
  /** One more connection, closed at the end. */
  open(options?: Database.Options): Database.Database;
}

/** Runs `work` beside a database in WAL mode with a table of numbered rows of 1 KiB. */
export async function onDatabase(work: (bench: Bench) => Promise<void> | void): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'facts.db');
    const opened: Database.Database[] = [];
    const open = (options: Database.Options = {}): Database.Database => {
      const database = new Database(path, options);
      opened.push(database);
      return database;
    };
    try {
      const first = open();
      first.pragma('page_size = 4096');
      first.pragma('auto_vacuum = INCREMENTAL');
      first.pragma('journal_mode = WAL');
      first.pragma('wal_autocheckpoint = 0');
      first.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)');
      fill(first, 100);
      await work({ folder, path, open });
    } finally {
      for (const database of opened.reverse()) {
        if (database.open) database.close();
      }
    }
  });
}

/** Adds rows in one commit. */
export function fill(database: Database.Database, rows: number): void {
  const insert = database.prepare('INSERT INTO t (data) VALUES (randomblob(1024))');
  database.transaction(() => {
    for (let row = 0; row < rows; row += 1) insert.run();
  })();
}

export function count(database: Database.Database): number {
  return database.prepare('SELECT count(*) FROM t').pluck().get() as number;
}
