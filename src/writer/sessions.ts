/**
 * Several processes on one volume: who else is there, and which orphans they hold.
 *
 * Each process with a writer has a row in `session`. While others live, an inode that loses its last
 * name always becomes an orphan, because this process cannot know who has it open. Every session looks
 * at new orphans, records in `hold` those it has open, and says up to which it has looked; an orphan
 * goes when all have looked and none holds it.
 *
 * A session whose process has ended is dead at once, where the system tells (`process-identity.ts`).
 * Elsewhere, and while its process lives, silence counts:
 *
 * A session that has not renewed its row for `SESSION_DEAD_MS` of *our* time is taken for dead: clocks
 * of two processes are never compared, and time in which we did not look is no silence of others. One
 * that was taken for dead by mistake finds its row gone and enters again. A process alone writes no
 * beats at all.
 */
import type { Clock } from '../core/clock.js';
import type { Ino } from '../core/ino.js';
import { type Session, SessionTable } from '../store/session-table.js';
import type { Store } from '../store/store.js';
import type { OpenFiles } from './open-files.js';
import { hasEnded, identityOf } from './process-identity.js';

/** How often a session looks for others, in milliseconds. */
export const SESSION_TICK_MS = 1000;
/** Silence after which a session is taken for dead, in milliseconds. */
export const SESSION_DEAD_MS = 15_000;
// A look at the others that comes later than this follows a time in which this process did not run.
const LATE_LOOK_MS = 5 * SESSION_TICK_MS;
// A session beats only this often while nothing else happens, to keep an idle volume idle.
const BEAT_EVERY_MS = 4000;
const ORPHANS_AT_ONCE = 1000;

interface Seen {
  beatAt: string;
  atMs: number;
}

export class Sessions {
  readonly #table: SessionTable;
  readonly #store: Store;
  readonly #openFiles: OpenFiles;
  readonly #clock: Clock;
  readonly #monotonicMs: () => number;
  readonly #seen = new Map<number, Seen>();
  #id = 0;
  #others: readonly Session[] = [];
  #orphanSeen = 0;
  #beatMs = 0;
  #dataVersion: unknown;
  #lookedMs = 0;

  constructor(store: Store, openFiles: OpenFiles, clock: Clock, monotonicMs: () => number) {
    this.#table = new SessionTable(store.connection);
    this.#store = store;
    this.#openFiles = openFiles;
    this.#clock = clock;
    this.#monotonicMs = monotonicMs;
  }

  /** Number of this process's row. */
  get id(): number {
    return this.#id;
  }

  /** Whether this process's row is there: another one may have taken it for dead. */
  get isEntered(): boolean {
    return this.#table.get(this.#id) !== undefined;
  }

  /** Enters again when another process has taken this one for dead. Runs in a transaction. */
  ensure(): number {
    if (!this.isEntered) this.#insert();
    return this.#id;
  }

  /** Whether the process of a session has ended, as far as the system tells. */
  isGone(id: number): boolean {
    const session = this.#table.get(id);
    return session === undefined || hasEnded(session.pid, session.process);
  }

  /** Removes a session that is gone, with all it held. Runs in a transaction. */
  bury(id: number): void {
    this.#table.delete(id);
  }

  /** Whether a process other than this one may have files open, as of the last look. */
  get hasOthers(): boolean {
    return this.#others.length > 0;
  }

  /** How many they are, as of the last look. */
  get others(): number {
    return this.#others.length;
  }

  /** The same as the transaction sees it: another process may have come since the last look. */
  hasOthersNow(): boolean {
    return this.#table.anyOther(this.#id);
  }

  /**
   * Enters this process; whether another one had ended without leaving. Runs in a transaction of its own.
   */
  enter(): boolean {
    this.#insert();
    const before = this.#table.list().length;
    this.look();
    return this.#table.list().length < before;
  }

  #insert(): void {
    this.#id = this.#table.insert(process.pid, identityOf(process.pid), this.#clock());
    this.#beatMs = this.#monotonicMs();
    // All orphans, not only new ones: what was held under an earlier row went with it.
    this.#orphanSeen = 0;
    this.#holdOpenOrphans(this.#store.orphans.lastSeq());
  }

  /** A change of no consequence in our own row, to have something to commit. */
  touch(): void {
    this.#table.touch(this.#id);
  }

  /** Leaves: a clean close has no session row behind it. */
  leave(): void {
    this.#table.delete(this.#id);
  }

  /**
   * Whether `tick` has something to do: cheap, reads one pragma. `data_version` changes when another
   * process commits.
   */
  needsTick(): boolean {
    const version = this.#store.connection.pragma('data_version');
    const changed = version !== this.#dataVersion;
    this.#dataVersion = version;
    return changed || this.hasOthers;
  }

  /** Looks who lives, renews our own row, answers for new orphans. Runs in a transaction. */
  tick(): void {
    this.look();
    if (!this.hasOthers) return;
    const lastSeq = this.#store.orphans.lastSeq();
    const nowMs = this.#monotonicMs();
    this.#releaseClosed();
    if (lastSeq === this.#orphanSeen && nowMs - this.#beatMs < BEAT_EVERY_MS) return;
    this.#holdOpenOrphans(lastSeq);
    this.#table.beat(this.#id, this.#clock(), lastSeq);
    this.#beatMs = nowMs;
  }

  /** The transaction of the last look was undone: what it noted is to be noted again. */
  repeat(): void {
    this.#orphanSeen = 0;
  }

  /** Looks who is there and removes the dead. Runs in a transaction. */
  look(): void {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#lookedMs > LATE_LOOK_MS) this.#seen.clear();
    this.#lookedMs = nowMs;
    const others: Session[] = [];
    const listed = this.#table.list();
    if (!listed.some(({ id }) => id === this.#id)) this.#insert();
    for (const session of listed) {
      if (session.id === this.#id) continue;
      if (this.#isAlive(session, nowMs)) others.push(session);
      else this.#table.delete(session.id);
    }
    this.#others = others;
  }

  #isAlive(session: Session, nowMs: number): boolean {
    if (hasEnded(session.pid, session.process)) return false;
    const seen = this.#seen.get(session.id);
    if (seen === undefined || seen.beatAt !== session.beatAt) {
      this.#seen.set(session.id, { beatAt: session.beatAt, atMs: nowMs });
      return true;
    }
    return nowMs - seen.atMs < SESSION_DEAD_MS;
  }

  #holdOpenOrphans(lastSeq: number): void {
    let after = this.#orphanSeen;
    this.#orphanSeen = lastSeq;
    while (after < lastSeq) {
      const orphans = this.#store.orphans.listAfter(after, ORPHANS_AT_ONCE);
      if (orphans.length === 0) return;
      for (const { ino, seq } of orphans) {
        if (this.#openFiles.isOpen(ino)) this.#table.hold(this.#id, ino);
        after = seq;
      }
    }
  }

  #releaseClosed(): void {
    for (const ino of this.#table.held(this.#id)) {
      if (!this.#openFiles.isOpen(ino)) this.#table.unhold(this.#id, ino);
    }
  }

  /** Whether nobody, here or elsewhere, can still have the orphan open. */
  mayReap(ino: Ino, seq: number): boolean {
    if (this.#openFiles.keeps(ino)) return false;
    if (this.#others.some((other) => other.orphanSeen < seq)) return false;
    if (this.#store.locks.keeps(ino)) return false;
    return !this.hasOthers || !this.#table.isHeld(ino);
  }
}
