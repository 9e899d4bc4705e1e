/**
 * Numbers for new inodes, reserved a block at a time: `meta.next_ino` is the first that nobody has
 * reserved. AUTOINCREMENT keeps the same promise, that a number is never given out twice, but writes a
 * page of its own in every transaction that creates a file.
 *
 * INVARIANT: a reservation that is undone with its transaction is forgotten. What a process has reserved
 * and not used when it ends is lost: of 2^53 numbers nobody misses them.
 */
import { VolumeError } from '../core/errors.js';
import type { Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';

const BLOCK_NUMBERS = 1024;

// The block is part of the text, because a bound number is floating point for SQLite.
const RESERVE = `UPDATE meta SET value = value + ${BLOCK_NUMBERS} WHERE key = 'next_ino' RETURNING value`;

export class InoNumbers {
  readonly #connection: Connection;
  #next = 0;
  #end = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** A number that no inode of this volume has had. Inside a transaction. */
  take(): Ino {
    if (this.#next === this.#end) this.#reserve();
    const ino = this.#next as Ino;
    this.#next += 1;
    return ino;
  }

  #reserve(): void {
    const end = this.#connection.statement<[], [number]>(RESERVE).get()?.[0];
    // Beyond that a number and the next one are the same.
    if (typeof end !== 'number' || !Number.isSafeInteger(end) || end <= BLOCK_NUMBERS) {
      const { path } = this.#connection;
      throw new VolumeError(
        'ERR_VOLUME_CORRUPT',
        `'${path}' has lost its next inode number (meta).`,
        {
          path,
          hint: 'Run check with repair.',
        },
      );
    }
    this.#end = end;
    this.#next = end - BLOCK_NUMBERS;
  }

  /** After a rollback: the reservation may be undone. */
  forget(): void {
    this.#next = 0;
    this.#end = 0;
  }
}
