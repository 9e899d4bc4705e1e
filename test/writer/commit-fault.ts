/**
 * Loaded with `--import` into every thread of a child: when the file named by CABINET_TEST_FAULT
 * exists, the next COMMIT fails as its content says.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import Database from 'better-sqlite3';

interface Runnable {
  run(...parameters: unknown[]): unknown;
}

const trigger = process.env.CABINET_TEST_FAULT ?? '';
const { prepare } = Database.prototype;

function fail(kind: string): void {
  switch (kind) {
    case 'io error':
      throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
    case 'bug':
      throw new TypeError('not what was expected');
    case 'exit':
      process.exit(3);
      break;
    case 'memory': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array<number>(10_000).fill(Math.random()));
    }
    case 'crash':
      // In a callback of its own, where nothing of ours catches it.
      process.nextTick(() => {
        throw new Error('the thread crashes');
      });
  }
}

if (!isMainThread) {
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql) as unknown as Runnable;
    if (sql !== 'COMMIT' || this.readonly) return statement;
    const run = statement.run.bind(statement);
    statement.run = (...parameters) => {
      if (existsSync(trigger)) fail(readFileSync(trigger, 'utf8'));
      return run(...parameters);
    };
    return statement;
  } as unknown as typeof prepare;
}
