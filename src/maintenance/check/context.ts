/**
 * What the checks work on: a connection with one frozen view, scratch tables beside it, and a way to
 * run a query over a whole table in slices.
 *
 * Slices bound the memory and the time between two looks at the cancel flag; and a damaged page costs
 * one slice of one query, not the rest of the check.
 */

import { VolumeError } from '../../core/errors.js';
import type { TaskControl } from '../../readers/task.js';
import type { Connection, SqlValue } from '../../sqlite/connection.js';
import { damageFinding, isDamage } from './damage.js';
import type { Finding } from './finding.js';
import { Paths } from './paths.js';
import { Scratch } from './scratch.js';

/** Whose numbers the slices go through. */
export type Range = 'inode' | 'blob';

export interface Query {
  readonly range: Range;
  /** What the query reads, for the message when it cannot. */
  readonly what: string;
  /** Parameters: `parameters`, then the slice (`> ? AND <= ?`), then `LIMIT ?`. */
  readonly sql: string;
  readonly parameters?: readonly SqlValue[];
}

/** How much of the machine, and of the log, a check may take. */
export interface CheckPace {
  /** Most of one processor core, in percent. */
  readonly sharePercent: number;
  /** Longest that one view is kept, in milliseconds; then ERR_SNAPSHOT_EXPIRED. */
  readonly viewAgeMaxMs: number;
}

const UNHURRIED: CheckPace = { sharePercent: 100, viewAgeMaxMs: Number.POSITIVE_INFINITY };
const PERCENT = 100;
/** Part of its longest age in which a view is worked on without haste. */
const THROTTLED_SHARE = 0.5;
/** Work of so long is followed by a rest. */
const REST_AFTER_MS = 5;
const REST_MAX_MS = 2000;
/** A rest ends this soon when the check is cancelled. */
const NAP_MS = 50;
const napCell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Reports how much of the current check is done, from 0 to 1. */
export type ReportShare = (share: number) => void;

const SLICE_NUMBERS = 10_000;
const SLICES_MAX = 4096;
/** Rows of problems that one slice may give at once. */
export const ROWS_MAX = 10_000;
// No number of SQLite is outside: damaged rows may have any.
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

const MAX = {
  inode: 'SELECT max(ino) FROM inode',
  blob: 'SELECT max(id) FROM blob',
} as const;

export class CheckContext {
  readonly connection: Connection;
  readonly content: boolean;
  /** 0 when `meta` does not tell. */
  readonly chunkSizeBytes: number;
  readonly scratch: Scratch;
  readonly paths: Paths;
  /** Whether findings are repaired as they come. */
  readonly repairs: boolean;
  /** Whether some problems of one kind were too many to be counted. */
  isCut = false;
  readonly #control: TaskControl;
  readonly #pace: CheckPace;
  #isViewGivenUp = false;
  #viewSinceMs: number = performance.now();
  #workingSinceMs: number = performance.now();
  readonly #slices = new Map<Range, readonly [SqlValue, SqlValue][]>();
  #reportShare: ReportShare = () => undefined;

  constructor(
    connection: Connection,
    control: TaskControl,
    options: { content: boolean; repairs: boolean; chunkSizeBytes: number; pace?: CheckPace },
  ) {
    this.#pace = options.pace ?? UNHURRIED;
    this.connection = connection;
    this.content = options.content;
    this.repairs = options.repairs;
    this.chunkSizeBytes = options.chunkSizeBytes;
    this.#control = control;
    this.scratch = new Scratch(this);
    this.paths = new Paths(connection, this.scratch);
  }

  /** Where the current check reports to. */
  set onShare(report: ReportShare) {
    this.#reportShare = report;
  }

  /** Between two statements: ends a check that was cancelled, and says how far it is. */
  pause(share: number): void {
    this.#control.throwIfCancelled();
    this.#reportShare(share);
    const viewAgeMs = performance.now() - this.#viewSinceMs;
    const { viewAgeMaxMs, sharePercent } = this.#pace;
    if (!this.#isViewGivenUp && !this.repairs && viewAgeMs > viewAgeMaxMs) throw this.#tooOld();
    // A view that gets old keeps the log from being reused: then finishing comes first.
    if (sharePercent < PERCENT && viewAgeMs < viewAgeMaxMs * THROTTLED_SHARE) this.#rest();
  }

  /** Sleeps so long that the work since the last rest is no more than the share. */
  #rest(): void {
    const workedMs = performance.now() - this.#workingSinceMs;
    if (workedMs < REST_AFTER_MS) return;
    let restMs = Math.min(workedMs * (PERCENT / this.#pace.sharePercent - 1), REST_MAX_MS);
    for (; restMs > 0; restMs -= NAP_MS) {
      Atomics.wait(napCell, 0, 0, Math.min(restMs, NAP_MS));
      this.#control.throwIfCancelled();
    }
    this.#workingSinceMs = performance.now();
  }

  #tooOld(): VolumeError {
    const { path } = this.connection;
    return new VolumeError(
      'ERR_SNAPSHOT_EXPIRED',
      `The check of '${path}' has kept one view for longer than ${this.#pace.viewAgeMaxMs} ms.`,
      { path, hint: 'Check a backup of it, or raise `snapshotAgeMaxMs`.' },
    );
  }

  /**
   * Goes on with the newest state: for what is true of one row alone, so that reading everything does
   * not keep the log from being reused.
   */
  renewView(): void {
    if (this.repairs || this.#isViewGivenUp) return;
    this.connection.endView();
    this.connection.beginView();
    this.#viewSinceMs = performance.now();
  }

  /**
   * Goes on without a view: once a statement has met damage SQLite lets nothing be written in the same
   * transaction, scratch tables included.
   */
  giveViewUp(): void {
    if (this.repairs) return;
    this.#isViewGivenUp = true;
    if (this.connection.inTransaction) this.connection.execute('ROLLBACK');
  }

  rows<R>(sql: string, ...parameters: SqlValue[]): R[] {
    return this.connection.statement<SqlValue[], R>(sql).all(...parameters);
  }

  row<R>(sql: string, ...parameters: SqlValue[]): R | undefined {
    return this.connection.statement<SqlValue[], R>(sql).get(...parameters);
  }

  /** Half-open ranges `(from, to]` that together cover every number there is. */
  slices(range: Range): readonly [from: SqlValue, to: SqlValue][] {
    let slices = this.#slices.get(range);
    if (slices === undefined) {
      slices = sliced(this.#maxOf(range));
      this.#slices.set(range, slices);
    }
    return slices;
  }

  #maxOf(range: Range): number {
    try {
      return this.row<[number | null]>(MAX[range])?.[0] ?? 0;
    } catch (error) {
      // One slice over everything; its own failure is what gets reported.
      if (isDamage(error)) return 0;
      throw error;
    }
  }

  /** Runs a query over all slices and makes a finding of each row, or none of it. */
  *scan<R>(query: Query, toFinding: (row: R) => Finding | undefined): Generator<Finding> {
    const slices = this.slices(query.range);
    for (const [index, [from, to]] of slices.entries()) {
      this.pause(index / slices.length);
      yield* this.#slice(query, [from, to], toFinding);
    }
  }

  *#slice<R>(
    query: Query,
    slice: readonly [SqlValue, SqlValue],
    toFinding: (row: R) => Finding | undefined,
  ): Generator<Finding> {
    const parameters = [...(query.parameters ?? []), ...slice, ROWS_MAX];
    for (;;) {
      let rows: R[];
      try {
        rows = this.rows<R>(query.sql, ...parameters);
      } catch (error) {
        if (!isDamage(error)) throw error;
        yield damageFinding(error, query.what);
        return;
      }
      let repairable = 0;
      for (const row of rows) {
        const finding = toFinding(row);
        if (finding === undefined) continue;
        if (finding.repair !== undefined) repairable += 1;
        yield finding;
      }
      if (rows.length < ROWS_MAX) return;
      // What was repaired is not found again: the same slice gives the next rows.
      if (!this.repairs || repairable < rows.length) {
        this.isCut = true;
        return;
      }
    }
  }
}

function sliced(max: number): readonly [SqlValue, SqlValue][] {
  const count = Math.min(Math.max(Math.ceil(max / SLICE_NUMBERS), 1), SLICES_MAX);
  const step = Math.ceil(max / count);
  const slices: [SqlValue, SqlValue][] = [];
  let from: SqlValue = LOWEST;
  for (let index = 1; index < count; index += 1) {
    slices.push([from, index * step]);
    from = index * step;
  }
  slices.push([from, HIGHEST]);
  return slices;
}
