/** Rows of `maintenance`: what was done for the upkeep of the volume, and how it ended. */
import type { Connection, SqlValue } from '../sqlite/connection.js';

export const MAINTENANCE_KINDS = ['check', 'backup', 'archive', 'compact', 'restore'] as const;

export type MaintenanceKind = (typeof MAINTENANCE_KINDS)[number];

/** What is to be remembered. */
export interface MaintenanceEntry {
  readonly kind: MaintenanceKind;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** Milliseconds since 1970. */
  readonly endedMs: number;
  /** Done; for a check: and nothing was found. */
  readonly ok: boolean;
  /** More about it, by kind; docs/format.md. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface MaintenanceRecord extends MaintenanceEntry {
  readonly id: number;
}

/** Records of one kind that are kept. */
export const RECORDS_KEPT = 64;

type Row = [id: number, kind: string, startedMs: number, endedMs: number, ok: number, text: string];

const INSERT = `
  INSERT INTO maintenance (kind, started_at, ended_at, ok, detail)
  VALUES (?, CAST(? AS INTEGER) * 1000000, CAST(? AS INTEGER) * 1000000, ?, ?)`;
const PRUNE = `
  DELETE FROM maintenance WHERE kind = ? AND id <= (
    SELECT id FROM maintenance WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ${RECORDS_KEPT})`;
const COLUMNS = 'id, kind, started_at / 1000000, ended_at / 1000000, ok, detail';
const LIST = `SELECT ${COLUMNS} FROM maintenance WHERE kind = ? ORDER BY id DESC LIMIT ?`;
const LIST_ALL = `SELECT ${COLUMNS} FROM maintenance ORDER BY id DESC LIMIT ?`;

function toRecord([id, kind, startedMs, endedMs, ok, text]: Row): MaintenanceRecord {
  const detail = JSON.parse(text) as Record<string, unknown>;
  return { id, kind: kind as MaintenanceKind, startedMs, endedMs, ok: ok === 1, detail };
}

export class MaintenanceTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Adds a record and lets the oldest of its kind go. Inside a transaction. */
  insert({ kind, startedMs, endedMs, ok, detail }: MaintenanceEntry): void {
    this.#connection
      .statement<SqlValue[], never>(INSERT)
      .run(kind, Math.floor(startedMs), Math.floor(endedMs), ok ? 1 : 0, JSON.stringify(detail));
    this.#connection.statement<SqlValue[], never>(PRUNE).run(kind, kind);
  }

  /** The newest records, of one kind or of all, newest first. */
  list(limit: number, kind?: MaintenanceKind): MaintenanceRecord[] {
    const rows =
      kind === undefined
        ? this.#connection.statement<[number], Row>(LIST_ALL).all(limit)
        : this.#connection.statement<[string, number], Row>(LIST).all(kind, limit);
    return rows.map(toRecord);
  }

  /** The newest record of a kind. */
  latest(kind: MaintenanceKind): MaintenanceRecord | undefined {
    return this.list(1, kind)[0];
  }

  /**
   * The record that says how a kind stands: the newest; but what a check of all content has found stands
   * until another one has read all content, whatever checks without it say.
   */
  standing(kind: MaintenanceKind): MaintenanceRecord | undefined {
    const records = this.list(RECORDS_KEPT, kind);
    const [latest] = records;
    if (kind !== 'check' || latest?.ok !== true) return latest;
    const ofContent = records.find(({ detail }) => detail.content === true);
    return ofContent?.ok === false ? ofContent : latest;
  }
}
