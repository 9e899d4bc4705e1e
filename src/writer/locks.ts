/**
 * Waiting for locks: tells clients when their claim has become a lock, and looks whether other processes
 * have let go. What is held and who waits are rows (`ops/lock.ts`); here is only who is to be told.
 *
 * A claim that waits for a lock of this process is granted in the transaction that gives the lock up.
 * For locks of other processes there is no such moment: while somebody here waits and there are other
 * sessions, `data_version` is looked at every 1 to 20 ms, and whether their processes live every 50 ms.
 *
 * Writer thread only.
 */
import { VolumeError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import {
  canGrantWaiters,
  grantAllWaiters,
  type LockContext,
  type LockParty,
  releaseClient,
} from '../ops/lock.js';
import type { LockedFile } from '../store/lock-table.js';
import type { Store } from '../store/store.js';
import type { WriterGauges } from './gauges.js';
import type { Sessions } from './sessions.js';

/** Time between two looks for locks of other processes, in milliseconds: doubles while nothing happens. */
export const LOCK_POLL_MIN_MS = 1;
export const LOCK_POLL_MAX_MS = 20;
/** Time between two looks whether the processes that are waited for live, in milliseconds. */
export const LOCK_HOLDER_LOOK_MS = 50;

export interface LocksEnvironment {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly gauges: WriterGauges;
  /** Runs work that may fail for reasons that pass; other errors stop the writer. */
  guarded(work: () => void): void;
  /** Runs work in a transaction of its own; false when it is to be tried again later. */
  runAlone(work: (ctx: LockContext) => void): boolean;
}

interface Awaiter {
  readonly client: number;
  readonly session: number;
  readonly resolve: (isHeld: boolean) => void;
  readonly reject: (reason: VolumeError) => void;
}

export class Locks implements LockParty {
  readonly #environment: LocksEnvironment;
  /** By place in the queue. */
  readonly #awaiters = new Map<number, Awaiter>();
  /** Granted by the transaction under way, or by one that was undone. */
  readonly #granted: number[] = [];
  /** Taken out of the queue, likewise. */
  readonly #cancelled: number[] = [];
  /** Clients that have gone and whose rows have not. */
  readonly #departed = new Set<number>();
  /** Whether this process may have rows at all. */
  #isUsed = false;
  #session = 0;
  #timer: NodeJS.Timeout | undefined;
  #pollMs = LOCK_POLL_MIN_MS;
  #dataVersion: number | undefined;
  #lookedMs = 0;

  constructor(environment: LocksEnvironment) {
    this.#environment = environment;
  }

  // --- for the operations ------------------------------------------------------------------------

  get session(): number {
    return this.#environment.sessions.id;
  }

  enterSession(): number {
    this.#isUsed = true;
    return this.#environment.sessions.ensure();
  }

  isGone(session: number): boolean {
    return this.#environment.sessions.isGone(session);
  }

  bury(session: number): void {
    this.#environment.sessions.bury(session);
  }

  noteGranted(seq: number): void {
    this.#granted.push(seq);
  }

  noteCancelled(seq: number): void {
    this.#cancelled.push(seq);
  }

  keeps(ino: Ino): boolean {
    return this.#isUsed && this.#environment.store.locks.keeps(ino);
  }

  // --- for clients -------------------------------------------------------------------------------

  /**
   * Resolves when a claim has become a lock: true. False when it never will: it was cancelled, or lost
   * because this process was taken for dead.
   */
  wait(client: number, session: number, seq: number): Promise<boolean> {
    const { sessions, store } = this.#environment;
    if (session !== sessions.id || !sessions.isEntered) return Promise.resolve(false);
    const claim = store.locks.wait(seq);
    if (claim === undefined) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      this.#awaiters.set(seq, { client, session, resolve, reject });
      this.#keepLooking([claim]);
    });
  }

  #isWaiting(seq: number): boolean {
    return this.#environment.store.locks.wait(seq) !== undefined;
  }

  /** Gives up all that a client held and waited for. */
  disconnect(client: number): void {
    if (!this.#isUsed) return;
    for (const [seq, awaiter] of this.#awaiters) {
      if (awaiter.client === client) this.#awaiters.delete(seq);
    }
    this.#departed.add(client);
    this.#releaseDeparted();
  }

  #releaseDeparted(): void {
    if (this.#departed.size === 0) return;
    const clients = [...this.#departed];
    const isDone = this.#environment.runAlone((ctx) => {
      for (const client of clients) releaseClient(ctx, client);
    });
    if (isDone) for (const client of clients) this.#departed.delete(client);
  }

  // --- for the writer ----------------------------------------------------------------------------

  /** Tells those whose claims the transaction granted or cancelled. */
  afterCommit(): void {
    if (!this.#isUsed) return;
    if (this.#session !== this.session) this.#giveUpClaimsOfOtherSessions();
    if (this.#granted.length > 0) this.#tell(this.#granted.splice(0), true);
    if (this.#cancelled.length > 0) this.#tell(this.#cancelled.splice(0), false);
  }

  #tell(seqs: readonly number[], isHeld: boolean): void {
    for (const seq of seqs) {
      const awaiter = this.#awaiters.get(seq);
      // Still in the queue: that transaction was undone.
      if (awaiter === undefined || this.#isWaiting(seq)) continue;
      this.#awaiters.delete(seq);
      awaiter.resolve(isHeld);
    }
  }

  #giveUpClaimsOfOtherSessions(): void {
    this.#session = this.session;
    for (const [seq, awaiter] of this.#awaiters) {
      if (awaiter.session === this.#session) continue;
      this.#awaiters.delete(seq);
      awaiter.resolve(false);
    }
  }

  /** Once a second. */
  tick(): void {
    if (!this.#isUsed) return;
    this.afterCommit();
    this.#releaseDeparted();
    this.#keepLooking();
    const { held, waiting } = this.#environment.store.locks.count(this.session);
    this.#environment.gauges.set('locks', held);
    this.#environment.gauges.set('lockWaiters', waiting);
  }

  /** The writer has stopped for good. */
  fail(reason: VolumeError): void {
    clearTimeout(this.#timer);
    for (const { reject } of this.#awaiters.values()) reject(reason);
    this.#awaiters.clear();
  }

  /** Closing gives up all locks; whoever waits for one is told. */
  close(path: string): void {
    this.#isUsed = false;
    this.fail(
      new VolumeError('ERR_VOLUME_CLOSED', `The volume '${path}' was closed.`, {
        path,
        hint: 'Nobody waits for a lock of it any more.',
      }),
    );
  }

  // --- locks of other processes ------------------------------------------------------------------

  /**
   * Looks now and then while somebody waits and there are other processes. When there are none (any
   * more), the last one may have gone without a word since the claims were looked at: `files`, all by
   * default, are looked at once more.
   */
  #keepLooking(files?: readonly LockedFile[]): void {
    if (this.#timer !== undefined || this.#awaiters.size === 0) return;
    if (!this.#environment.sessions.hasOthersNow()) {
      this.#pollMs = LOCK_POLL_MIN_MS;
      this.#grant(files);
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#environment.guarded(() => {
        this.#look();
        this.#keepLooking();
      });
    }, this.#pollMs);
    this.#timer.unref();
  }

  #look(): void {
    const nowMs = performance.now();
    const { connection } = this.#environment.store;
    const version = connection.dataVersion;
    const hasChanged = version !== this.#dataVersion;
    this.#dataVersion = version;
    this.#pollMs = hasChanged ? LOCK_POLL_MIN_MS : Math.min(this.#pollMs * 2, LOCK_POLL_MAX_MS);
    if (!hasChanged && nowMs - this.#lookedMs < LOCK_HOLDER_LOOK_MS) return;
    this.#lookedMs = nowMs;
    this.#grant();
  }

  #grant(files?: readonly LockedFile[]): void {
    const { store, runAlone } = this.#environment;
    const awaited = files ?? store.locks.awaitedFiles(this.session);
    if (canGrantWaiters({ store, locks: this }, awaited)) runAlone(grantAllWaiters);
  }
}
