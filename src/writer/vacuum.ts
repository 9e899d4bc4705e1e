/**
 * Gives free pages back to the system in slices of a few milliseconds. Writer thread only.
 *
 * Each slice is a commit of its own: it takes pages from the end of the file and puts those in use in
 * free places before. The file gets shorter at the next checkpoint.
 *
 * By itself it starts when nothing has been written for a while and enough is free, and stops at the
 * next write: who writes now will soon want free pages. It leaves some, for the same reason; and it
 * waits while a reader holds the log, which it would only make longer.
 */
import { VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import type { ResolvedOptions } from '../core/options.js';
import type { Connection } from '../sqlite/connection.js';
import { isFull } from '../sqlite/driver-errors.js';
import type { MaintenanceEntry } from '../store/maintenance-table.js';
import type { WriterGauges } from './gauges.js';

/** A slice that takes longer is followed by one of half the pages. */
const SLICE_MS = 4;
const SLICE_PAGES_MIN = 8;
const SLICE_PAGES_MAX = 4096;
const SLICE_PAGES_FIRST = 64;
/** Without a write for so long the writer is idle. */
const IDLE_AFTER_MS = 2000;
/** It ends when less than this share of what starts it is free. */
const STOP_SHARE = 0.5;
const PERCENT = 100;

export interface Space {
  readonly pageSizeBytes: number;
  readonly pages: number;
  readonly freePages: number;
}

export interface VacuumSlice extends Space {
  /** Pages that this slice has given back. */
  readonly freedPages: number;
}

/** What a round by itself has done. */
export interface VacuumRound {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly freedPages: number;
  readonly space: Space;
}

export interface VacuumEnvironment {
  readonly connection: Connection;
  readonly options: ResolvedOptions['compaction'];
  readonly gauges: WriterGauges;
  /** Runs work in a transaction of its own and commits it. */
  commit(work: () => void): void;
  /** A round has ended in which something was given back. */
  onRound(round: VacuumRound): void;
  readonly monotonicMs?: () => number;
}

/** What the volume remembers of a round. */
export function entryOf({ startedMs, endedMs, freedPages, space }: VacuumRound): MaintenanceEntry {
  const { pageSizeBytes, pages } = space;
  const freedBytes = freedPages * pageSizeBytes;
  const bytesAfter = pages * pageSizeBytes;
  const detail = { by: 'auto', full: false, freedPages, freedBytes, bytesAfter };
  return { kind: 'compact', startedMs, endedMs, ok: true, detail };
}

export function noSlices(path: string): VolumeError {
  return new VolumeError(
    'ERR_COMPACTION_REFUSED',
    `The free pages of '${path}' cannot be given back in slices: it was not made by this software.`,
    { path, hint: 'Close it and compact it as a whole: `cabinet compact --full`.' },
  );
}

export function spaceOf(connection: Connection): Space {
  return {
    pageSizeBytes: Number(connection.pragma('page_size')),
    pages: Number(connection.pragma('page_count')),
    freePages: Number(connection.pragma('freelist_count')),
  };
}

export class Vacuum {
  readonly #environment: VacuumEnvironment;
  readonly #monotonicMs: () => number;
  /** Databases made elsewhere may not keep what slices need. */
  readonly #isPossible: boolean;
  #slicePages = SLICE_PAGES_FIRST;
  #isActive = false;
  #round: { readonly startedMs: number; freedPages: number } | undefined;
  #lastWriteMs: number;

  constructor(environment: VacuumEnvironment) {
    const INCREMENTAL = 2;
    this.#environment = environment;
    this.#monotonicMs = environment.monotonicMs ?? (() => performance.now());
    this.#isPossible = environment.connection.pragma('auto_vacuum') === INCREMENTAL;
    this.#lastWriteMs = this.#monotonicMs();
  }

  get isPossible(): boolean {
    return this.#isPossible;
  }

  /** Somebody has written something. */
  noteWrite(): void {
    this.#lastWriteMs = this.#monotonicMs();
    this.#isActive = false;
  }

  /** Whether the writer should call `step` when it has nothing else to do. */
  get wantsStep(): boolean {
    return this.#isActive;
  }

  /** Once a second: whether to begin, or to go on after a write. */
  tick(): void {
    const { options, gauges } = this.#environment;
    if (!options.auto || !this.#isPossible || this.#isActive) return;
    const isIdle = this.#monotonicMs() - this.#lastWriteMs >= IDLE_AFTER_MS;
    if (!isIdle || gauges.get('walHeldSinceMs') !== 0) return;
    const isEnough = this.#hasFree(this.#round === undefined ? 1 : STOP_SHARE);
    if (isEnough) this.#begin();
    else this.#end();
  }

  /** Whether `share` of what starts a round is free. */
  #hasFree(share: number): boolean {
    const { options, connection } = this.#environment;
    const { pageSizeBytes, pages, freePages } = spaceOf(connection);
    if (freePages === 0) return false;
    const percent = (freePages / pages) * PERCENT;
    const { minFreeBytes, minFreePercent } = options;
    return freePages * pageSizeBytes >= minFreeBytes * share && percent >= minFreePercent * share;
  }

  #begin(): void {
    this.#round ??= { startedMs: Date.now(), freedPages: 0 };
    this.#isActive = true;
    this.#environment.gauges.set('compacting', 1);
  }

  #end(): void {
    const round = this.#round;
    this.#isActive = false;
    this.#round = undefined;
    this.#environment.gauges.set('compacting', 0);
    if (round === undefined || round.freedPages === 0) return;
    const space = spaceOf(this.#environment.connection);
    this.#environment.onRound({ ...round, endedMs: Date.now(), space });
  }

  /** One slice of a round. */
  step(): void {
    // Should it fail, the next tick decides.
    this.#isActive = false;
    const { freedPages } = this.slice();
    if (this.#round !== undefined) this.#round.freedPages += freedPages;
    const isHeld = this.#environment.gauges.get('walHeldSinceMs') !== 0;
    if (freedPages > 0 && this.#hasFree(STOP_SHARE)) this.#isActive = !isHeld;
    else this.#end();
  }

  /** Gives back what takes a few milliseconds, at most `pagesMax` pages. */
  slice(pagesMax: number = SLICE_PAGES_MAX): VacuumSlice {
    const { connection, gauges } = this.#environment;
    const before = spaceOf(connection).pages;
    const startedMs = performance.now();
    if (this.#isPossible) this.#commitSlice(pagesMax);
    this.#adapt(performance.now() - startedMs);
    const space = spaceOf(connection);
    const freedPages = Math.max(0, before - space.pages);
    gauges.add('compactedPages', freedPages);
    return { ...space, freedPages };
  }

  /** On a full disk there may be room in the log for a small slice. */
  #commitSlice(pagesMax: number): void {
    const { connection, commit } = this.#environment;
    const give = (): void =>
      commit(() => {
        connection.incrementalVacuum(Math.min(this.#slicePages, pagesMax));
        failpoint('vacuum:slice');
      });
    try {
      give();
    } catch (error) {
      if (!isFull(error) || this.#slicePages === SLICE_PAGES_MIN) throw error;
      this.#slicePages = SLICE_PAGES_MIN;
      give();
    }
  }

  #adapt(tookMs: number): void {
    const next = tookMs > SLICE_MS ? this.#slicePages / 2 : this.#slicePages * 2;
    this.#slicePages = Math.min(SLICE_PAGES_MAX, Math.max(SLICE_PAGES_MIN, Math.round(next)));
  }
}
