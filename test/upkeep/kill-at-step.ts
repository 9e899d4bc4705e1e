/**
 * Loaded before a program (`--import`): kills the process before its n-th step, n from the environment.
 * Steps are what reaches the disk: SQL statements that are run, and calls of `node:fs` that change
 * something. Threads of the program count with it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import Database from 'better-sqlite3';

const killAt = Number(process.env.KILL_AT_STEP ?? 0);
/** Only from the statement on that begins so; before it nothing counts. */
const from = process.env.KILL_FROM ?? '';
let isCounting = from === '';
let step = 0;

function count(what: string): void {
  if (!isCounting && what.includes(from)) isCounting = true;
  if (!isCounting) return;
  step += 1;
  if (step === killAt) process.kill(process.pid, 'SIGKILL');
}

const CALLS = ['renameSync', 'linkSync', 'rmSync', 'fsyncSync', 'chmodSync', 'chownSync'] as const;
for (const name of CALLS) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
    count(name);
    return original(...args);
  };
}
syncBuiltinESMExports();

const { exec, pragma, prepare } = Database.prototype;
Object.assign(Database.prototype, {
  exec(this: Database.Database, sql: string) {
    count(sql);
    return exec.call(this, sql);
  },
  pragma(this: Database.Database, sql: string, options?: Database.PragmaOptions) {
    // Those without a value only ask.
    if (sql.includes('=')) count(sql);
    return pragma.call(this, sql, options as Database.PragmaOptions);
  },
  prepare(this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql);
    if (statement.reader) return statement;
    const run = statement.run.bind(statement) as (...parameters: unknown[]) => never;
    statement.run = (...parameters: unknown[]) => {
      count(sql);
      return run(...parameters);
    };
    return statement;
  },
});
