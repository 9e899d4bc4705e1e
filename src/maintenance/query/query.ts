/** `volume.query`: checks what it is given, has the query run in a process, gives rows their shape. */
import { VolumeError } from '../../core/errors.js';
import { describeValue, rejectUnknownOptions } from '../../core/option-rules.js';
import { checkParameters } from './parameters.js';
import type { QueryParameters, QueryRequest, QueryValue } from './protocol.js';
import type { QueryProcesses } from './query-processes.js';

export type { QueryParameter, QueryParameters, QueryValue } from './protocol.js';

export interface QueryOptions {
  /** Most rows of the result; further ones are left out. @defaultValue 10000 */
  readonly rowsMax?: number;
  /** Most bytes of the result; rows beyond are left out. @defaultValue 33554432 */
  readonly bytesMax?: number;
  /** Longest the query may run, in milliseconds; then ERR_QUERY_TIMEOUT. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** A row as an object by column name, or as an array in order. @defaultValue 'object' */
  readonly rowMode?: 'object' | 'array';
  /** Ends the query at once. */
  readonly signal?: AbortSignal | undefined;
}

export type QueryRow = Record<string, QueryValue>;

export interface QueryResult<Row = QueryRow> {
  /** Names of the columns in order, also when there are no rows. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** There were more rows than `rowsMax` or `bytesMax` allow. */
  readonly truncated: boolean;
  /** From the call to the answer, in milliseconds. */
  readonly durationMs: number;
}

/** What a query is run on. */
export interface QueryTarget {
  readonly path: string;
  readonly busyTimeoutMs: number;
  /** Whether the views compare the sums of the rows that they read. */
  readonly verifyReads: boolean;
  readonly cacheBytes: number;
  readonly processes: QueryProcesses;
}

interface Limit {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const MIB = 1024 * 1024;

/** docs/query.md lists the same; a test compares them. */
export const QUERY_LIMITS: Readonly<Record<'rowsMax' | 'bytesMax' | 'timeoutMs', Limit>> = {
  rowsMax: { default: 10_000, min: 1, max: 10_000_000 },
  bytesMax: { default: 32 * MIB, min: 1, max: 1024 * MIB },
  timeoutMs: { default: 5000, min: 1, max: 2 ** 31 - 1 },
};

const SQL_CHARACTERS_MAX = 1_000_000;
/** Memory that a query may take to sort, group and remember, in bytes; the result comes on top. */
export const WORKING_MEMORY_BYTES: number = 256 * MIB;
// Each value as SQLite has it, as JavaScript does, and as it travels.
const COPIES_OF_RESULT = 4;

const OPTION_NAMES: readonly (keyof QueryOptions)[] = [
  'rowsMax',
  'bytesMax',
  'timeoutMs',
  'rowMode',
  'signal',
];

function optionInvalid(name: string, value: unknown, expected: string): VolumeError {
  const shown = describeValue(value);
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' must be ${expected}, got ${shown}.`,
    { hint: 'See docs/query.md.' },
  );
}

function limitOf(options: QueryOptions, name: keyof typeof QUERY_LIMITS): number {
  const { default: usual, min, max } = QUERY_LIMITS[name];
  const value: unknown = options[name] ?? usual;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw optionInvalid(name, value, `a whole number from ${min} to ${max}`);
}

function checkOptions(options: QueryOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw optionInvalid('options', options, 'an object');
  }
  rejectUnknownOptions(options, OPTION_NAMES);
  const { rowMode = 'object', signal } = options;
  if (rowMode !== 'object' && rowMode !== 'array') {
    throw optionInvalid('rowMode', rowMode, "one of 'object', 'array'");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw optionInvalid('signal', signal, 'an AbortSignal');
  }
}

function checkSql(sql: unknown): string {
  if (typeof sql === 'string' && sql.length <= SQL_CHARACTERS_MAX) return sql;
  const what =
    typeof sql === 'string' ? `is longer than ${SQL_CHARACTERS_MAX} characters` : 'is no string';
  throw new VolumeError('ERR_QUERY_INVALID', `The SQL text of a query ${what}.`, {
    hint: 'Give one SELECT as text; values go into the parameters.',
  });
}

/** Rows by column name; two columns of one name would be one. */
function asObjects(
  columns: readonly string[],
  rows: readonly (readonly QueryValue[])[],
): QueryRow[] {
  // Built from entries, so that a column may be called `__proto__`.
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, index) => [name, row[index] as QueryValue])),
  );
}

function checkNames(columns: readonly string[]): void {
  const double = columns.find((name, index) => columns.indexOf(name) !== index);
  if (double === undefined) return;
  throw new VolumeError('ERR_QUERY_INVALID', `Two columns are called '${double}'.`, {
    hint: "Name them apart with AS, or ask for `rowMode: 'array'`.",
  });
}

/** Runs one reading SQL statement. docs/query.md has the views and what is allowed. */
export async function runQuery(
  { processes, path, busyTimeoutMs, verifyReads, cacheBytes }: QueryTarget,
  sql: string,
  parameters?: QueryParameters,
  options: QueryOptions = {},
): Promise<QueryResult<QueryRow | readonly QueryValue[]>> {
  checkOptions(options);
  const startedMs = performance.now();
  const bytesMax = limitOf(options, 'bytesMax');
  const request: QueryRequest = {
    path,
    busyTimeoutMs,
    verifyReads,
    cacheBytes,
    sql: checkSql(sql),
    parameters: checkParameters(parameters),
    rowsMax: limitOf(options, 'rowsMax'),
    bytesMax,
    memoryBytesMax: WORKING_MEMORY_BYTES + COPIES_OF_RESULT * bytesMax,
    timeoutMs: limitOf(options, 'timeoutMs'),
  };
  const { columns, rows, truncated } = await processes.run(request, options.signal);
  if (options.rowMode !== 'array') checkNames(columns);
  return {
    columns,
    rows: options.rowMode === 'array' ? rows : asObjects(columns, rows),
    truncated,
    durationMs: performance.now() - startedMs,
  };
}
