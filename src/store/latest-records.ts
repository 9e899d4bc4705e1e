/**
 * The latest of the records of `maintenance`, by kind, in memory that all threads of a volume share: so
 * that health knows them without a query. The writer thread keeps it up to date; where there is none,
 * whoever opened the volume for reading does.
 */
import {
  MAINTENANCE_KINDS,
  type MaintenanceEntry,
  type MaintenanceKind,
  type MaintenanceTable,
  RECORDS_KEPT,
} from './maintenance-table.js';

export interface LatestRecord {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly ok: boolean;
  /** When the latest that went well ended, in milliseconds since 1970; 0 when none that is kept did. */
  readonly okEndedMs: number;
}

const FIELDS = 4;
const STARTED = 0;
const ENDED = 1;
const OK = 2;
const OK_ENDED = 3;
const BYTES = MAINTENANCE_KINDS.length * FIELDS * Float64Array.BYTES_PER_ELEMENT;

export class LatestRecords {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  note({ kind, startedMs, endedMs, ok }: Omit<MaintenanceEntry, 'detail'>): void {
    const at = MAINTENANCE_KINDS.indexOf(kind) * FIELDS;
    this.#cells[at + STARTED] = startedMs;
    this.#cells[at + ENDED] = endedMs;
    this.#cells[at + OK] = ok ? 1 : 0;
    if (ok) this.#cells[at + OK_ENDED] = endedMs;
  }

  /** Reads them from the table: other processes write there, too. */
  load(table: MaintenanceTable): void {
    for (const kind of MAINTENANCE_KINDS) {
      const latest = table.latest(kind);
      if (latest === undefined) continue;
      if (!latest.ok) {
        const good = table.list(RECORDS_KEPT, kind).find(({ ok }) => ok);
        if (good !== undefined) this.note(good);
      }
      this.note(latest);
    }
  }

  /** Undefined when there is none. */
  get(kind: MaintenanceKind): LatestRecord | undefined {
    const at = MAINTENANCE_KINDS.indexOf(kind) * FIELDS;
    const endedMs = this.#cells[at + ENDED] as number;
    if (endedMs === 0) return undefined;
    return {
      startedMs: this.#cells[at + STARTED] as number,
      endedMs,
      ok: this.#cells[at + OK] === 1,
      okEndedMs: this.#cells[at + OK_ENDED] as number,
    };
  }
}
