/** I2: the schema is exactly the one that the migrations make, and the header says so. */
import { APPLICATION_ID, readSchemaState } from '../../../schema/identity.js';
import { type Migration, readMigrations } from '../../../schema/migration-files.js';
import { schemaDifferences } from '../../../schema/objects.js';
import type { Connection } from '../../../sqlite/connection.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

function finding(detail: string): Finding {
  return { invariant: 'I2', ino: null, path: null, detail };
}

/** What stands in the schema that is not of the migrations, or is missing there. Reads no table. */
export function schemaFindings(connection: Connection): Finding[] {
  return schemaDifferences(connection, readMigrations()).map(({ text }) => finding(text));
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
    yield* schemaFindings(connection);
    yield* compareHistory(context, migrations);
  },
};
