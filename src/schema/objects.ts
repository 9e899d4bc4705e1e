/**
 * What stands in the schema of a volume, compared with what its migrations make of an empty database.
 *
 * A file may come from a stranger: a trigger would run inside our transactions, a view or a virtual table
 * under the name of a table of ours would answer our statements, and a table of other columns would not
 * hold what we take it to hold. So nothing is read but the schema itself until it is known to be ours.
 */
import { type Connection, openMemoryConnection } from '../sqlite/connection.js';
import type { Migration } from './migration-files.js';

type ObjectRow = [type: string, name: string, table: string, sql: string | null, root: number];

/** Text that tells one object from another of the same name, by type and name. */
type Objects = ReadonlyMap<string, string>;

const OBJECTS = 'SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema ORDER BY 1, 2';

/** What ANALYZE makes: statistics, which change how SQLite looks for rows and never what it finds. */
const STATISTICS: Objects = new Map(
  [
    ['sqlite_stat1', 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'],
    ['sqlite_stat4', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)'],
  ].map(([name = '', sql = '']) => [`table ${name}`, textOf(name, sql)]),
);

const ENCODING = 'UTF-8';

function textOf(table: string, sql: string | null): string {
  return `${table}\n${sql ?? ''}`;
}

function keyOf([type, name]: ObjectRow): string {
  return `${type} ${name}`;
}

function rowsOf(connection: Connection): ObjectRow[] {
  return connection.statement<[], ObjectRow>(OBJECTS).all();
}

function expectedObjects(migrations: readonly Migration[]): Objects {
  const memory = openMemoryConnection();
  try {
    for (const { sql } of migrations) memory.execute(sql);
    return new Map(rowsOf(memory).map((row) => [keyOf(row), textOf(row[2], row[3])]));
  } finally {
    memory.close();
  }
}

/** One way in which a schema is not ours. */
export interface SchemaDifference {
  readonly kind: 'missing' | 'changed' | 'foreign';
  /** Without a full stop. */
  readonly text: string;
}

/** In what the schema on `connection` is not the one that `migrations` make. Reads no table. */
export function schemaDifferences(
  connection: Connection,
  migrations: readonly Migration[],
): SchemaDifference[] {
  const found: SchemaDifference[] = [];
  const encoding = connection.pragma('encoding');
  if (encoding !== ENCODING) {
    found.push({ kind: 'changed', text: `text is stored as ${String(encoding)}` });
  }
  const expected = expectedObjects(migrations);
  const rows = rowsOf(connection);
  const names = new Set(rows.map(keyOf));
  for (const key of expected.keys()) {
    if (!names.has(key)) found.push({ kind: 'missing', text: `the ${key} is missing` });
  }
  for (const row of rows) {
    const difference = differenceOf(row, expected);
    if (difference !== undefined) found.push(difference);
  }
  const roots = rows.map(([, , , , root]) => root).filter((root) => root !== 0);
  if (new Set(roots).size < roots.length || names.size < rows.length) {
    found.push({ kind: 'changed', text: 'two of its tables and indexes are one' });
  }
  return found;
}

function differenceOf(row: ObjectRow, expected: Objects): SchemaDifference | undefined {
  const key = keyOf(row);
  const wanted = expected.get(key) ?? STATISTICS.get(key);
  if (wanted === undefined)
    return { kind: 'foreign', text: `the ${key} is none of the migrations'` };
  if (wanted === textOf(row[2], row[3])) return undefined;
  return { kind: 'changed', text: `the ${key} is not as the migrations make it` };
}
