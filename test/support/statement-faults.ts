/**
 * Makes chosen SQL statements of this thread fail, as a bad disk or another process would.
 *
 * Importing this module instruments the driver; statements run as always until a fault is set.
 */
import Database from 'better-sqlite3';

export interface Fault {
  /** Whether the statement is to fail. */
  matches(sql: string, parameters: readonly unknown[]): boolean;
  /** What it throws. */
  error(): unknown;
}

/** The ways to run a statement; one that changes rows and returns them is asked with `get`. */
const WAYS = ['run', 'get', 'all'] as const;

type Runnable = Record<(typeof WAYS)[number], (...parameters: unknown[]) => unknown>;

const faults = new Set<Fault>();
const databases = new Map<string, Database.Database>();

function failIfAsked(sql: string, parameters: readonly unknown[]): void {
  for (const fault of faults) if (fault.matches(sql, parameters)) throw fault.error();
}

function instrument(): void {
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql) as unknown as Runnable;
    if (!this.readonly) databases.set(this.name, this);
    for (const way of WAYS) {
      const original = statement[way].bind(statement);
      statement[way] = (...parameters) => {
        failIfAsked(sql, parameters);
        return original(...parameters);
      };
    }
    return statement;
  } as unknown as typeof prepare;
}

instrument();

/** Runs `work`, which must be synchronous, with `fault` in force. */
export function withFault<T>(fault: Fault, work: () => T): T {
  faults.add(fault);
  try {
    return work();
  } finally {
    faults.delete(fault);
  }
}

/** The connection that this thread opened last for writing `path`. */
export function databaseOf(path: string): Database.Database {
  const database = databases.get(path);
  if (database === undefined) throw new Error(`no connection to ${path}`);
  return database;
}

export function sqliteError(code: string, message = 'injected'): Error {
  return new Database.SqliteError(message, code);
}
