/** I2: the schema is exactly the one that the migrations make, and the header says so. */
import { APPLICATION_ID, readSchemaState } from '../../../schema/identity.js';
import { type Migration, readMigrations } from '../../../schema/migration-files.js';
import { type Connection, openMemoryConnection } from '../../../sqlite/connection.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

// Statistics of ANALYZE and indexes of constraints are SQLite's own.
const OBJECTS = `
  SELECT type || ' ' || name, sql FROM sqlite_schema
  WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1`;

type Objects = ReadonlyMap<string, string>;

function objectsOf(connection: Connection): Objects {
  return new Map(connection.statement<[], [string, string]>(OBJECTS).all());
}

/** What the migrations make of an empty database. */
function expectedObjects(migrations: readonly Migration[]): Objects {
  const memory = openMemoryConnection();
  try {
    for (const { sql } of migrations) memory.execute(sql);
    return objectsOf(memory);
  } finally {
    memory.close();
  }
}

function finding(detail: string): Finding {
  return { invariant: 'I2', ino: null, path: null, detail };
}

function* compareObjects(expected: Objects, actual: Objects): Generator<Finding> {
  for (const [name, sql] of expected) {
    const found = actual.get(name);
    if (found === undefined) yield finding(`the ${name} is missing`);
    else if (found !== sql) yield finding(`the ${name} is not as the migrations make it`);
  }
  for (const name of actual.keys()) {
    if (!expected.has(name)) yield finding(`the ${name} is none of the migrations'`);
  }
}

function* compareHistory(
  { connection }: CheckContext,
  migrations: readonly Migration[],
): Generator<Finding> {
  const { version, applied } = readSchemaState(connection);
  if (version !== migrations.length) {
    yield finding(`user_version is ${version}, not ${migrations.length}`);
  }
  for (const { version: number, name, sha256 } of migrations) {
    const row = applied.find((candidate) => candidate.version === number);
    if (row === undefined) yield finding(`migration '${name}' is not recorded as applied`);
    else if (row.name !== name || row.sha256 !== sha256) {
      yield finding(`migration '${name}' is recorded with another name or checksum`);
    }
  }
  for (const { version: number, name } of applied) {
    if (number > migrations.length) yield finding(`migration '${name}' is recorded but unknown`);
  }
}

export const schema: Check = {
  invariants: ['I2'],
  *find(context) {
    const { connection } = context;
    const id = connection.pragma('application_id');
    if (id !== APPLICATION_ID) {
      yield finding(`application_id is ${String(id)}`);
      return;
    }
    const migrations = readMigrations();
    yield* compareObjects(expectedObjects(migrations), objectsOf(connection));
    yield* compareHistory(context, migrations);
  },
};
