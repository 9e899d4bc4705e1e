/** Run by the tests of this folder: another program that reads from a volume and keeps its view. */
import Database from 'better-sqlite3';
import { answerParent } from '../support/child.js';

let database: Database.Database | undefined;

answerParent({
  open: (path: string) => {
    database = new Database(path, { readonly: true, timeout: 0 });
    return database.prepare('SELECT count(*) FROM inode').pluck().get();
  },
  /** A view that lasts until `release`. */
  pin: () => {
    database?.exec('BEGIN');
    return database?.prepare('SELECT count(*) FROM inode').pluck().get();
  },
  release: () => {
    database?.exec('COMMIT');
  },
  end: () => {
    database?.close();
  },
});
