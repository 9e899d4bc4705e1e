/**
 * Run by `locked.test.ts`: a program that holds SQLite's write lock of the volume when asked to.
 */
import Database from 'better-sqlite3';
import { answerParent } from '../support/child.js';

const [path, timeoutMs] = process.argv.slice(2);
const database = new Database(path, { timeout: Number(timeoutMs ?? 5000) });

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
