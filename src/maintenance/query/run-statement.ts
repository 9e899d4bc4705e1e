/**
 * Runs one query on a connection of its own. This is the whole of what a caller's SQL text meets:
 *
 * - the file is open for reading only, and the connection refuses writes besides (`query_only`);
 * - only SELECT, WITH, VALUES, or EXPLAIN of these are even prepared: a PRAGMA takes effect while it is
 *   prepared, behind EXPLAIN too, and ATTACH and VACUUM INTO would touch other files;
 * - the driver prepares exactly one statement and runs no defensive-mode exceptions; extensions cannot be
 *   loaded.
 */
import { VolumeError } from '../../core/errors.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { isSqliteError, translateSqliteError } from '../../sqlite/driver-errors.js';
import type { ForeignStatement, ForeignValue } from '../../sqlite/foreign-statement.js';
import { bindable } from './parameters.js';
import type { QueryRequest, QueryValue, WireParameter, WireParameters } from './protocol.js';
import { CREATE_VERIFYING_VIEWS, CREATE_VIEWS } from './views.js';

export interface StatementResult {
  readonly columns: readonly string[];
  /** Rows were left out, because of `rowsMax` or `bytesMax`. */
  readonly truncated: boolean;
}

/** Takes rows in portions while the statement runs. */
export type RowSink = (rows: readonly (readonly QueryValue[])[]) => void;

const PORTION_BYTES = 256 * 1024;
const NUMBER_BYTES = 8;

/** Runs the query of `request`; errors come out as `VolumeError`. */
export function runStatement(request: QueryRequest, sink: RowSink): StatementResult {
  checkKeyword(request.sql);
  const { path, cacheBytes, busyTimeoutMs } = request;
  const connection = openConnection(path, { role: 'reader', cacheBytes, busyTimeoutMs });
  try {
    createViews(connection, request.verifyReads);
    const statement = prepare(connection, request.sql);
    return collect(statement, request, sink);
  } catch (error) {
    throw queryError(error, path);
  } finally {
    connection.close();
  }
}

function createViews(connection: Connection, verifies: boolean): void {
  // Of this connection's temporary schema only; the file is open for reading all the same.
  connection.pragma('query_only = 0');
  connection.execute(verifies ? CREATE_VERIFYING_VIEWS : CREATE_VIEWS);
  connection.pragma('query_only = 1');
}

function invalid(message: string, hint: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_QUERY_INVALID', message, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

const READING_HINT =
  'A query is one SELECT, WITH ... SELECT or VALUES; EXPLAIN in front of it is allowed too.';

// White space and comments in front of a word.
const SPACE = /(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[a-z]+/iy;

/** The words a statement begins with, in upper case. */
function* words(sql: string): Generator<string> {
  let at = sql.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(sql)?.[0].length ?? 0;
    WORD.lastIndex = at;
    const word = WORD.exec(sql)?.[0];
    if (word === undefined) return;
    at += word.length;
    yield word.toUpperCase();
  }
}

const READING_WORDS: readonly string[] = ['SELECT', 'WITH', 'VALUES'];

function checkKeyword(sql: string): void {
  const found = words(sql);
  let word = found.next().value ?? '';
  if (word === 'EXPLAIN') word = found.next().value ?? '';
  if (word === 'QUERY') {
    found.next();
    word = found.next().value ?? '';
  }
  if (READING_WORDS.includes(word)) return;
  const what = word === '' ? 'there is no SQL in it' : `it begins with ${word}`;
  throw invalid(`This is no query: ${what}.`, READING_HINT);
}

function prepare(connection: Connection, sql: string): ForeignStatement {
  let statement: ForeignStatement;
  try {
    statement = connection.foreign(sql);
  } catch (error) {
    // The driver's own refusal: more than one statement, or none.
    if (!(error instanceof RangeError)) throw error;
    throw invalid('A query must be exactly one statement.', READING_HINT, error);
  }
  if (!statement.isReading) throw invalid('The statement would change something.', READING_HINT);
  return statement;
}

function collect(
  statement: ForeignStatement,
  { parameters, rowsMax, bytesMax }: QueryRequest,
  sink: RowSink,
): StatementResult {
  const { columns } = statement;
  let portion: (readonly QueryValue[])[] = [];
  let [count, bytes, portionBytes] = [0, 0, 0];
  let truncated = false;
  for (const raw of boundRows(statement, parameters)) {
    const row = raw.map(plain);
    const rowBytes = row.reduce<number>((sum, value) => sum + sizeOf(value), 0);
    truncated = count === rowsMax || (count > 0 && bytes + rowBytes > bytesMax);
    if (truncated) break;
    if (rowBytes > bytesMax) throw rowTooBig(rowBytes, bytesMax);
    portion.push(row);
    count += 1;
    bytes += rowBytes;
    portionBytes += rowBytes;
    if (portionBytes >= PORTION_BYTES) {
      sink(portion);
      [portion, portionBytes] = [[], 0];
    }
  }
  sink(portion);
  return { columns, truncated };
}

/** The driver refuses parameters that do not fit with errors of its own, before the first row. */
function boundRows(
  statement: ForeignStatement,
  parameters: WireParameters,
): Iterable<readonly ForeignValue[]> {
  try {
    return bind(statement, parameters);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw invalid(
      `The parameters do not fit the statement: ${error.message}.`,
      'Give an array for `?`, or an object for `:name`, with a value for each.',
      error,
    );
  }
}

/** The driver takes `?1` for a name; an array gives values for these too. */
function bind(
  statement: ForeignStatement,
  parameters: WireParameters,
): Iterable<readonly ForeignValue[]> {
  try {
    return statement.rows(bindable(parameters));
  } catch (error) {
    if (!isRefusal(error) || !Array.isArray(parameters)) throw error;
    const numbered = parameters.map((value: WireParameter, index) => [index + 1, value]);
    try {
      return statement.rows(bindable(Object.fromEntries(numbered)));
    } catch {
      throw error;
    }
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof TypeError;
}

/** An integer is a number where a number holds it. */
function plain(value: ForeignValue): QueryValue {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function sizeOf(value: QueryValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return Buffer.isBuffer(value) ? value.length : NUMBER_BYTES;
}

function rowTooBig(rowBytes: number, bytesMax: number): VolumeError {
  return new VolumeError(
    'ERR_QUERY_TOO_BIG',
    `One row takes ${rowBytes} bytes, and the result may take ${bytesMax}.`,
    { hint: 'Ask for less, for example with `substr` or `length`, or raise `bytesMax`.' },
  );
}

/** What SQLite says of the caller's text, and not of the file. */
const CALLERS_OWN: readonly string[] = [
  'SQLITE_ERROR',
  'SQLITE_MISMATCH',
  'SQLITE_RANGE',
  'SQLITE_AUTH',
  'SQLITE_CONSTRAINT',
  'SQLITE_READONLY',
  'SQLITE_MISUSE',
];

function queryError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error;
  if (CALLERS_OWN.some((primary) => isSqliteError(error, primary))) {
    return invalid(
      `SQLite: ${error.message}.`,
      'docs/query.md lists the views and columns.',
      error,
    );
  }
  if (isSqliteError(error, 'SQLITE_TOOBIG') || isSqliteError(error, 'SQLITE_NOMEM')) {
    return new VolumeError('ERR_QUERY_TOO_BIG', `A value is too big (${error.message}).`, {
      cause: error,
      hint: 'Ask for less.',
    });
  }
  return translateSqliteError(error, path);
}
