/**
 * Clients that have to know what a commit changed before those who asked for it are told that it is done:
 * a mount, whose kernel remembers names and attributes. So whoever has changed something through the
 * library finds it changed in the mount.
 *
 *   commit ──told──▶ witness ──seen──▶ the answers of the commit go out
 *
 * A witness stands for a group of clients and is not told of their changes. They are answered at once,
 * always: a witness may have to wait for what they are about to answer (a directory is locked by the
 * kernel while a name is made in it), and two mounts would wait for each other.
 *
 * Writer thread only.
 */
import { type AuthoredChange, type Change, inodesOf } from '../core/change.js';
import type { WitnessBoard } from '../core/witness-board.js';

/**
 * Longest that answers are kept back, in milliseconds. A witness that takes longer hangs, with whatever it
 * stands for; the library must not.
 */
export const WITNESS_PATIENCE_MS = 1000;

interface Witness {
  readonly group: string;
  readonly board: WitnessBoard;
  /** Number of the last commit it was told of, and of the last one it has seen. */
  told: number;
  seen: number;
  isInCommit: boolean;
  /** Nobody waits for it until it has seen everything. */
  isLate: boolean;
}

interface Held {
  /** Number of the last commit that was told before. */
  readonly due: number;
  send(): void;
}

export interface WitnessesHost {
  /** The group of a client, undefined: it belongs to none. */
  groupOf(client: number): string | undefined;
  /** Posts changes to the client that is a witness. */
  tell(client: number, seq: number, changes: readonly Change[]): void;
}

export class Witnesses {
  readonly #host: WitnessesHost;
  readonly #witnesses = new Map<number, Witness>();
  readonly #held: Held[] = [];
  #seq = 0;
  #patience: NodeJS.Timeout | undefined;

  constructor(host: WitnessesHost) {
    this.#host = host;
  }

  add(client: number, group: string, board: WitnessBoard): void {
    const witness = { group, board, told: 0, seen: 0, isInCommit: false, isLate: false };
    this.#witnesses.set(client, witness);
  }

  remove(client: number): void {
    if (this.#witnesses.delete(client)) this.#release();
  }

  /** A commit of these changes is about to begin. */
  begin(changes: readonly AuthoredChange[]): void {
    for (const witness of this.#witnesses.values()) {
      const { group, isInCommit } = witness;
      if (isInCommit || !changes.some(({ author }) => this.#isOther(author, group))) continue;
      witness.isInCommit = true;
      witness.board.turnMark();
    }
  }

  /** They have been committed. */
  tell(changes: readonly AuthoredChange[]): void {
    for (const [client, witness] of this.#witnesses) {
      const told = changes
        .filter(({ author }) => this.#isOther(author, witness.group))
        .map(({ change }) => change)
        .filter((change) => inodesOf(change).some((ino) => witness.board.concerns(ino)));
      if (told.length === 0) continue;
      this.#seq += 1;
      witness.told = this.#seq;
      this.#host.tell(client, this.#seq, told);
    }
  }

  /** No commit is under way, and all that were have been told. */
  settle(): void {
    for (const witness of this.#witnesses.values()) {
      if (!witness.isInCommit) continue;
      witness.isInCommit = false;
      witness.board.turnMark();
    }
  }

  #isOther(author: number, group: string): boolean {
    return this.#host.groupOf(author) !== group;
  }

  noteSeen(client: number, seq: number): void {
    const witness = this.#witnesses.get(client);
    if (witness === undefined) return;
    witness.seen = seq;
    if (seq === witness.told) witness.isLate = false;
    this.#release();
  }

  /** Sends an answer as soon as every witness has seen what it was told so far. */
  answer(client: number, send: () => void): void {
    const isHeld = this.#held.length > 0 || this.#seenByAll < this.#seq;
    if (!isHeld || this.#host.groupOf(client) !== undefined) {
      send();
      return;
    }
    this.#held.push({ due: this.#seq, send });
    this.#patience ??= setTimeout(() => this.#giveUpWaiting(), WITNESS_PATIENCE_MS).unref();
  }

  /** Sends all answers that are held. */
  close(): void {
    this.#witnesses.clear();
    this.#release();
  }

  /** Number of the last commit that everybody who was told of it has seen. */
  get #seenByAll(): number {
    let last = this.#seq;
    for (const { told, seen, isLate } of this.#witnesses.values()) {
      if (seen < told && !isLate) last = Math.min(last, seen);
    }
    return last;
  }

  #release(): void {
    const seen = this.#seenByAll;
    for (let next = this.#held[0]; next !== undefined && next.due <= seen; next = this.#held[0]) {
      this.#held.shift();
      next.send();
    }
    if (this.#held.length > 0) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  #giveUpWaiting(): void {
    this.#patience = undefined;
    for (const witness of this.#witnesses.values()) witness.isLate = witness.seen < witness.told;
    this.#release();
  }
}
