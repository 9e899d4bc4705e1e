/**
 * Numbers of commits, by which backups and archives name a state of the volume. Writer only.
 *
 * `meta.next_commit` is the first number that nobody has reserved; a process takes numbers from a block
 * that it has reserved, so that a commit costs no write of its own.
 *
 * INVARIANT: numbers grow in the order of the commits, over all processes: a process that has noticed a
 * commit of another one reserves a new block, which is above everything that one can have used.
 */
import { VolumeError } from '../core/errors.js';
import type { Connection } from '../sqlite/connection.js';

const BLOCK_NUMBERS = 1024;

// The numbers are part of the text, because a bound number is floating point for SQLite.
const RESERVE = `UPDATE meta SET value = value + ${BLOCK_NUMBERS} 
  WHERE key = 'next_commit' AND typeof(value) = 'integer' RETURNING value`;
const GIVE_BACK = `
  UPDATE meta SET value = CAST(? AS INTEGER)
  WHERE key = 'next_commit' AND value = CAST(? AS INTEGER)`;
const LAST = `
  SELECT value - 1 FROM meta
  WHERE key = 'next_commit' AND NOT EXISTS (SELECT 1 FROM session)`;

interface Block {
  /** The next number to give. */
  readonly next: number;
  /** The first one past the block. */
  readonly end: number;
}

const NO_BLOCK: Block = { next: 0, end: 0 };

/**
 * Number of the last commit, where the volume itself tells: after a clean close, while no process has it
 * open for writing.
 */
export function lastCommitWhenClosed(connection: Connection): number | null {
  return connection.statement<[], [number]>(LAST).get()?.[0] ?? null;
}

const NEXT = "SELECT value FROM meta WHERE key = 'next_commit'";
const RAISE = `
  UPDATE meta SET value = max(value, CAST(? AS INTEGER)) WHERE key = 'next_commit'`;

/** The first number that nobody has reserved; undefined in a volume without commit numbers. */
export function readNextCommit(connection: Connection): number | undefined {
  return connection.statement<[], [number]>(NEXT).get()?.[0];
}

/** Lets no number below `atLeast` be given out: for a copy that takes the place of a later state. */
export function raiseNextCommit(connection: Connection, atLeast: number): void {
  connection.statement<[number], never>(RAISE).run(atLeast);
}

export class CommitNumbers {
  readonly #connection: Connection;
  #block: Block = NO_BLOCK;
  /** As it was before the transaction. */
  #committed: Block = NO_BLOCK;
  #last = 0;
  #isLastOfAll = false;
  #taken = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Number of the last commit of this process. */
  get last(): number {
    return this.#last;
  }

  /** Whether no other process has been noticed to commit since. */
  get isLastOfAll(): boolean {
    return this.#isLastOfAll;
  }

  /** Another process has committed: what is left of the block is below its numbers. */
  expire(): void {
    this.#isLastOfAll = false;
    this.#block = NO_BLOCK;
    this.#committed = NO_BLOCK;
  }

  /** Takes the number of the transaction that is about to commit. */
  take(): void {
    if (this.#block.next === this.#block.end) this.#reserve();
    const { next, end } = this.#block;
    this.#taken = next;
    this.#block = { next: next + 1, end };
  }

  #reserve(): void {
    const end = this.#connection.statement<[], [number]>(RESERVE).get()?.[0];
    if (typeof end !== 'number') {
      const { path } = this.#connection;
      throw new VolumeError(
        'ERR_VOLUME_CORRUPT',
        `'${path}' has lost its next commit number (meta).`,
        { path, hint: 'Run check with repair.' },
      );
    }
    this.#block = { next: end - BLOCK_NUMBERS, end };
  }

  /** Leaves an exact `next_commit` behind, unless another process has reserved since. After `take`. */
  giveBack(): void {
    const { next, end } = this.#block;
    const { changes } = this.#connection
      .statement<[number, number], never>(GIVE_BACK)
      .run(next, end);
    if (changes > 0) this.#block = { next, end: next };
  }

  /** The transaction has committed. */
  settle(): void {
    this.#committed = this.#block;
    this.#last = this.#taken;
    this.#isLastOfAll = true;
  }

  /** The transaction was undone, and a reservation with it. */
  undo(): void {
    this.#block = this.#committed;
  }
}
