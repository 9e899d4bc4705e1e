/**
 * A statement whose text comes from a caller and not from us. It is never kept, gives integers exactly,
 * and says of itself whether it only reads.
 */
import type Database from 'better-sqlite3';

/** A value as SQLite has it; integers are always `bigint`. */
export type ForeignValue = bigint | number | string | Buffer | null;

/** Values for `?` in order, or for `:name`, `@name` and `$name` by name. */
export type ForeignParameters =
  | readonly (bigint | number | string | Uint8Array | null)[]
  | Readonly<Record<string, bigint | number | string | Uint8Array | null>>;

export class ForeignStatement {
  readonly #statement: Database.Statement;

  /** `statement` is new and nobody else's. */
  constructor(statement: Database.Statement) {
    this.#statement = statement;
    if (statement.reader) statement.raw(true);
    statement.safeIntegers(true);
  }

  /** Returns rows, and changes no database file when it runs. */
  get isReading(): boolean {
    return this.#statement.reader && this.#statement.readonly;
  }

  /** Names of the columns, as the statement gives them. */
  get columns(): readonly string[] {
    return this.#statement.columns().map(({ name }) => name);
  }

  /** Row after row. Leaving the loop early ends the statement. */
  rows(parameters: ForeignParameters): IterableIterator<readonly ForeignValue[]> {
    const rows = Array.isArray(parameters)
      ? this.#statement.iterate(...parameters)
      : this.#statement.iterate(parameters);
    return rows as IterableIterator<readonly ForeignValue[]>;
  }
}
