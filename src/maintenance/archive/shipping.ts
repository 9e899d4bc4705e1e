/**
 * One archive being written: takes cuts, appends them to the chain, makes bases. Archive thread only; its
 * calls follow one another.
 *
 *   begin ──▶ following ──ship, ship, …──▶ finish
 *               │  the archive cannot be written and the log grows beyond `walBytesMax`
 *               ▼
 *            let go ──begin, when it can be written again──▶ following
 *
 * `begin` goes on with the newest generation where nothing is missing, and starts one where it is.
 */
import { statSync } from 'node:fs';
import { invariant, VolumeError } from '../../core/errors.js';
import { type Connection, openConnection } from '../../sqlite/connection.js';
import { isRetryable } from '../../sqlite/driver-errors.js';
import { lastCommitWhenClosed } from '../../store/commit-numbers.js';
import type { Standstill } from '../../writer/standstill.js';
import { writeBase } from './base.js';
import { Chain } from './chain.js';
import { type Generation, pointsOf, readGenerations } from './layout.js';
import { type Cut, LogTracker, type TrackerOptions } from './log-tracker.js';
import type { Pin } from './pin.js';
import { prune } from './retention.js';
import { INITIAL_STATUS, type ReportedStatus } from './status.js';

export interface ShippingOptions extends TrackerOptions {
  readonly directory: string;
  readonly volumeId: string;
  readonly baseEveryMs: number;
  readonly keepMs: number;
  /** Size of the log at which it is turned over, in bytes. */
  readonly turnOverBytes: number;
}

export interface ShippingEnvironment {
  /** Runs `work` while nobody commits. */
  standStill<T>(maxMs: number, work: (still: Standstill) => T): Promise<T>;
  onStatus(status: ReportedStatus): void;
  /** The end of the chain cannot be read; another one is begun. */
  onDamage(error: VolumeError): void;
  /** A base has been made, or could not be. */
  onBase(startedMs: number, failure: unknown): void;
}

/** The writer stands still for a new view: some hundred microseconds, at most so many milliseconds. */
const CUT_MS = 250;
/** The same for turning the log over, which moves the rest of it. */
const TURN_OVER_MS = 1000;
/** And when all that is new has to be archived meanwhile. */
const TURN_OVER_ALL_MS = 5000;
const TURN_OVER_ROUNDS = 3;
/** As in `writer/checkpoints.ts`: so many times the length at which the log is turned over. */
const LOG_LIMIT_FACTOR = 3;
const CACHE_BYTES = 1024 * 1024;
/** When segments are more than the base, a new one makes restoring quicker; not for less, in bytes... */
const BASE_AFTER_BYTES_MIN: number = 64 * 1024 * 1024;
/** ...and not more often, in milliseconds: while it is copied the log is kept. */
const BASE_AFTER_BYTES_MS = 600_000;
/** A base that could not be made is tried again after so many milliseconds. */
const BASE_AGAIN_MS = 30_000;
const PRUNE_EVERY_MS_MAX = 600_000;
const PRUNE_SHARE = 0.05;

export class Shipping {
  readonly #options: ShippingOptions;
  readonly #environment: ShippingEnvironment;
  readonly #tracker: LogTracker;
  #chain: Chain | undefined;
  /** Cut off and in memory only: the next to be written. */
  #pending: Cut | undefined;
  #copying: Promise<void> | undefined;
  #base: { readonly atMs: number; readonly bytes: number } | undefined;
  #bytesSinceBase = 0;
  /** After a failure: not before. */
  #baseAgainMs = 0;
  #prunedMs = 0;
  /** Length of the log at which turning it over is tried again, after somebody was in the way. */
  #turnOverAgainFrames = 0;
  #status: ReportedStatus = INITIAL_STATUS;

  constructor(options: ShippingOptions, environment: ShippingEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#tracker = new LogTracker(options);
  }

  get status(): ReportedStatus {
    return this.#status;
  }

  #report(change: Partial<ReportedStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#environment.onStatus(this.#status);
  }

  /** Begins to follow the log; nothing that is committed afterwards is missed. */
  async begin(): Promise<void> {
    const known = this.#chain ?? this.#newestChain();
    const { pageSizeBytes, databasePages } = this.#tracker;
    const { continues, commit, atMs } = await this.#environment.standStill(CUT_MS, (still) => ({
      ...this.#tracker.begin(still, known?.end.position),
      commit: still.commit,
      atMs: Date.now(),
    }));
    try {
      if (continues) this.#chain = known;
      else {
        const { directory, volumeId } = this.#options;
        const position = this.#tracker.position;
        const start = { commit, atMs: this.#nextMs(atMs), position, databasePages };
        this.#chain = Chain.create(directory, volumeId, pageSizeBytes, start);
      }
    } catch (error) {
      this.letGo();
      throw error;
    }
    this.#noteChain();
  }

  #newestChain(): Chain | undefined {
    const newest = readGenerations(this.#options.directory).at(-1);
    try {
      return newest && Chain.resume(newest, this.#options.volumeId, this.#tracker.pageSizeBytes);
    } catch (error) {
      if (!(error instanceof VolumeError && error.code === 'ERR_ARCHIVE_DAMAGED')) throw error;
      this.#environment.onDamage(error);
      return undefined;
    }
  }

  /** Generations are in the order of their names: a clock that was set back must not change it. */
  #nextMs(nowMs: number): number {
    const points = readGenerations(this.#options.directory).flatMap((g) => pointsOf(g).slice(-1));
    return Math.max(nowMs, ...points.map(({ atMs }) => atMs + 1));
  }

  #noteChain(): void {
    const chain = this.#chain;
    invariant(chain !== undefined, 'there is a chain');
    const generation = readGenerations(this.#options.directory).find((g) => g.name === chain.name);
    this.#base = generation && newestBaseOf(generation);
    this.#bytesSinceBase = 0;
    this.#report({
      generation: chain.name,
      lastCommit: chain.end.commit,
      lastAtMs: chain.end.atMs,
      baseAtMs: this.#base?.atMs ?? null,
    });
  }

  get isFollowing(): boolean {
    return this.#tracker.isFollowing;
  }

  /** Lets the log be as if there were no archive. */
  letGo(): void {
    // What is in memory only is given up: the chain ends before it.
    this.#pending = undefined;
    this.#tracker.letGo();
  }

  get walBytes(): number {
    return this.#tracker.size.frames * this.#tracker.pageSizeBytes;
  }

  /**
   * Whether the log is so long that it should be shipped and turned over at once. A copy that is being made
   * keeps it in any case.
   */
  get isLogLong(): boolean {
    if (this.#copying !== undefined) return false;
    const { frames } = this.#tracker.size;
    if (frames < this.#turnOverAgainFrames / 2) this.#turnOverAgainFrames = 0;
    return frames >= Math.max(this.#turnOverFrames, this.#turnOverAgainFrames);
  }

  get #turnOverFrames(): number {
    return this.#tracker.framesOf(this.#options.turnOverBytes);
  }

  /** Brings everything that is committed into the archive, and does what else is due. */
  async ship(): Promise<void> {
    if (!this.isFollowing) await this.begin();
    this.#writePending();
    const startedMs = Date.now();
    const isBaseDue = this.#isBaseDue(startedMs);
    if (!this.#tracker.hasNews() && !isBaseDue) this.#tracker.renew();
    else await this.#shipNow(isBaseDue);
    this.#report({ completeAtMs: startedMs });
    if (this.isLogLong) await this.#turnOver();
    this.#prune(startedMs);
  }

  /** What was cut off before its writing failed comes first. */
  #writePending(): void {
    if (this.#pending === undefined) return;
    this.#append(this.#pending);
    this.#pending = undefined;
  }

  async #shipNow(withBase: boolean): Promise<void> {
    let view: Pin | undefined;
    const cut = await this.#environment.standStill(CUT_MS, (still) => {
      const made = this.#tracker.cut(still);
      try {
        if (withBase) view = this.#tracker.view(still);
        return made;
      } catch (error) {
        made.reject();
        throw error;
      }
    });
    try {
      if (cut.databasePages !== undefined) this.#append(cut);
    } catch (error) {
      cut.reject();
      view?.release();
      throw error;
    }
    cut.accept();
    if (view !== undefined) this.#startBase(view);
  }

  #append(cut: Cut): void {
    invariant(this.#chain !== undefined, 'there is a chain to append to');
    const { bytes, item } = this.#chain.append(cut);
    this.#bytesSinceBase += bytes;
    this.#report({
      lastCommit: item.commit,
      lastAtMs: item.atMs,
      segments: this.#status.segments + 1,
      segmentBytes: this.#status.segmentBytes + bytes,
    });
  }

  /**
   * Has the log begun anew. Mostly while the writer works, so that little is left for the standstill; a
   * writer that is quicker than that stands still for all of it, when the log has reached its limit.
   */
  async #turnOver(): Promise<void> {
    let isTried = false;
    for (let round = 0; round < TURN_OVER_ROUNDS && !isTried; round += 1) {
      this.#tracker.moveLog();
      const isAtLimit = this.#tracker.size.frames >= this.#turnOverFrames * LOG_LIMIT_FACTOR;
      const outcome = await (isAtLimit ? this.#tryTurnOverAll() : this.#tryTurnOver());
      isTried = outcome !== 'too much';
      if (typeof outcome === 'object') this.#keep(outcome);
      else if (!isTried) await this.#shipNow(false);
    }
    const { frames, checkpointed } = this.#tracker.size;
    // Some other reader is in the way: not again before the log has grown.
    const isDone = frames === checkpointed || frames < this.#turnOverFrames || !isTried;
    this.#turnOverAgainFrames = isDone ? 0 : frames + this.#turnOverFrames / 4;
  }

  #tryTurnOver(): Promise<Cut | 'too much' | 'busy'> {
    return this.#unlessBusy(TURN_OVER_MS, (still) => this.#tracker.turnOver(still) ?? 'too much');
  }

  /** What is new is archived before the writer goes on. */
  #tryTurnOverAll(): Promise<Cut | 'too much' | 'busy'> {
    return this.#unlessBusy(TURN_OVER_ALL_MS, (still) => {
      const cut = this.#tracker.turnOver(still);
      if (cut !== undefined) return cut;
      this.#appendAtOnce(this.#tracker.cut(still));
      return this.#tracker.turnOver(still) ?? 'busy';
    });
  }

  #appendAtOnce(cut: Cut): void {
    try {
      this.#append(cut);
    } catch (error) {
      cut.reject();
      throw error;
    }
    cut.accept();
  }

  /** The archive is complete without turning the log over: who is in the way is no failure. */
  async #unlessBusy<T>(maxMs: number, work: (still: Standstill) => T): Promise<T | 'busy'> {
    try {
      return await this.#environment.standStill(maxMs, work);
    } catch (error) {
      if (error instanceof VolumeError && error.code === 'ERR_VOLUME_BUSY') return 'busy';
      throw error;
    }
  }

  #keep(cut: Cut): void {
    if (cut.databasePages === undefined && cut.position.file === null) return;
    this.#pending = cut;
    this.#writePending();
  }

  // --- bases -------------------------------------------------------------------------------------

  #isBaseDue(nowMs: number): boolean {
    if (this.#copying !== undefined || nowMs < this.#baseAgainMs) return false;
    if (this.#base === undefined) return true;
    const ageMs = nowMs - this.#base.atMs;
    const isLong = this.#bytesSinceBase > Math.max(this.#base.bytes, BASE_AFTER_BYTES_MIN);
    if (isLong && ageMs >= BASE_AFTER_BYTES_MS) return true;
    const isOld = ageMs >= this.#options.baseEveryMs;
    // Where nothing has changed since, a new one would say the same.
    return isOld && (this.#chain?.end.atMs ?? 0) > this.#base.atMs;
  }

  #startBase(view: Pin): void {
    const startedMs = Date.now();
    this.#copying = this.#makeBase(view)
      .then(
        () => this.#environment.onBase(startedMs, undefined),
        (error: unknown) => {
          this.#baseAgainMs = Date.now() + BASE_AGAIN_MS;
          this.#environment.onBase(startedMs, error);
        },
      )
      .finally(() => {
        view.release();
        this.#copying = undefined;
        this.#report({ copying: null });
      });
  }

  async #makeBase(view: Pin): Promise<void> {
    const chain = this.#chain;
    invariant(chain !== undefined, 'there is a chain to make a base for');
    const { sequence, commit, atMs, hash, position } = chain.end;
    const bytesBefore = this.#bytesSinceBase;
    const plan = {
      volumeId: chain.volumeId,
      generation: chain.name,
      sequence,
      commit,
      atMs,
      pageSizeBytes: chain.pageSizeBytes,
      previous: hash,
      position,
    };
    const item = chain.itemAt('base', plan);
    const { bytes } = await writeBase(view.connection, item.path, plan, {
      onProgress: (pagesDone, pagesTotal) => this.#report({ copying: { pagesDone, pagesTotal } }),
    });
    this.#base = { atMs, bytes };
    this.#bytesSinceBase -= bytesBefore;
    this.#report({ baseAtMs: atMs });
  }

  /** Resolves when no copy is being made. */
  async settled(): Promise<void> {
    await this.#copying;
  }

  #prune(nowMs: number): void {
    const { directory, keepMs } = this.#options;
    const everyMs = Math.min(PRUNE_EVERY_MS_MAX, keepMs * PRUNE_SHARE);
    // Without a base of this chain, what is older is all there is.
    if (this.#base === undefined || nowMs - this.#prunedMs < everyMs) return;
    this.#prunedMs = nowMs;
    prune(directory, nowMs - keepMs, this.#chain?.name ?? '');
  }

  // --- the end -----------------------------------------------------------------------------------

  /**
   * The last state, after the writer has closed: with what closing changed, and with what proves to the
   * next run that nothing is missing. Nothing is archived where other processes go on writing: the last
   * commit has no number that is known here.
   */
  async finish(): Promise<void> {
    await this.#copying;
    if (this.isFollowing) this.#writePending();
    const { path, busyTimeoutMs, synchronous } = this.#options;
    const lock = openConnection(path, {
      role: 'writer',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs,
      synchronous,
    });
    try {
      if (!this.isFollowing) return;
      if (!tryLock(lock)) return;
      const commit = lastCommitWhenClosed(lock);
      if (commit !== null) this.#seal({ commit, isHeld: () => true });
    } finally {
      lock.close();
    }
  }

  #seal(still: Standstill): void {
    let cut = this.#tracker.turnOver(still, true);
    if (cut === undefined) {
      this.#appendAtOnce(this.#tracker.cut(still));
      cut = this.#tracker.turnOver(still, true);
    }
    if (cut !== undefined) this.#keep(cut);
    this.#report({ completeAtMs: Date.now() });
  }

  close(): void {
    this.#tracker.close();
  }
}

/** False while another process writes: then this is not the end. */
function tryLock(connection: Connection): boolean {
  try {
    connection.execute('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (isRetryable(error)) return false;
    throw error;
  }
}

function newestBaseOf({ bases }: Generation): { atMs: number; bytes: number } | undefined {
  const newest = bases.at(-1);
  return newest && { atMs: newest.atMs, bytes: statSync(newest.path).size };
}
