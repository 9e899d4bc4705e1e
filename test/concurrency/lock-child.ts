/** Run by `locked.test.ts`: a program that holds SQLite's write lock of the volume when asked to. */
import Database from 'better-sqlite3';
import { answerParent } from '../support/child.js';

const database = new Database(process.argv[2] as string);

answerParent({
  lock: () => {
    database.exec('BEGIN IMMEDIATE');
  },
  unlock: () => {
    database.exec('ROLLBACK');
  },
  end: () => {
    database.close();
  },
});
