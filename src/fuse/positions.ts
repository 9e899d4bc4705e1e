/**
 * Positions in directories. The kernel goes on with a listing from a number, at whichever thread reads the
 * request; SQLite goes on from a name, which stays right while entries come and go. So every name that was
 * told has a number of its own, and all threads of a mount know the names behind the numbers.
 *
 *   tell(names) ──broadcast──▶ every thread's table ──nameAt(number)──▶ the name to go on after
 *
 * A thread posts the names before it answers the kernel, and the others empty their inbox before they look
 * for a name, so a number is known wherever it comes back. Nobody waits for anybody, and no event loop has
 * to turn.
 *
 * INVARIANT: a number stands for one name of one directory, for good: numbers are never given out again.
 * INVARIANT: no thread forgets the names of a directory that is open in the mount (`pins`).
 * INVARIANT: what `remembers` says is true in all threads for as long as the directory is open: names are
 * forgotten only at the beginning of an epoch, and what was told in an earlier one does not count.
 */
import { type BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Ino } from '../core/ino.js';

/** Numbers below are for the entries that are not stored. */
export const DOT = 1;
export const DOT_DOT = 2;
const FIRST_NUMBER = DOT_DOT + 1;

/** Names of closed directories that a thread keeps, in characters of names. */
const KEPT_MAX = 16 * 1024 * 1024;
/** The same for one directory, open or not: a position that is older than all these is lost. */
const KEPT_OF_ONE_MAX = 64 * 1024 * 1024;

const PIN_CELLS = 4096;
const EPOCH_CELL = 0;
const FIRST_PIN = 1;
/** The latest ends of listings, in two cells each; a later one takes the place of one before. */
const END_PLACES = 1024;
const END_CELLS = 2 * END_PLACES;
/** 64 bits for the next number and for each end, then the epoch and the pins. */
const NUMBER_BYTES = BigInt64Array.BYTES_PER_ELEMENT;
const CELLS_AT = NUMBER_BYTES * (1 + END_CELLS);
const BOARD_BYTES = CELLS_AT + (FIRST_PIN + PIN_CELLS) * Int32Array.BYTES_PER_ELEMENT;

/** No name has a slash. */
const SEPARATOR = '/';

/** Names that were told one after the other. */
interface Told {
  readonly ino: Ino;
  readonly epoch: number;
  /** The name in front of them, '' at the start of the directory. */
  readonly after: string;
  /** Number of the first of them; the others follow. */
  readonly first: number;
  readonly count: number;
  readonly text: string;
}

interface Directory {
  readonly epoch: number;
  readonly told: Told[];
  readonly byAfter: Map<string, Told>;
  length: number;
}

export function createPositionBoard(): SharedArrayBuffer {
  const board = new SharedArrayBuffer(BOARD_BYTES);
  new BigInt64Array(board, 0, 1)[0] = BigInt(FIRST_NUMBER);
  return board;
}

export class Positions {
  readonly #next: BigInt64Array;
  readonly #ends: BigInt64Array;
  readonly #cells: Int32Array;
  readonly #channel: BroadcastChannel;
  readonly #directories = new Map<Ino, Directory>();
  readonly #keptMax: number;
  #length = 0;
  #epoch = 0;

  /** `board` and the name of `channel` are those of the mount. */
  constructor(board: SharedArrayBuffer, channel: BroadcastChannel, keptMax: number = KEPT_MAX) {
    this.#next = new BigInt64Array(board, 0, 1);
    this.#ends = new BigInt64Array(board, NUMBER_BYTES, END_CELLS);
    this.#cells = new Int32Array(board, CELLS_AT, FIRST_PIN + PIN_CELLS);
    this.#channel = channel;
    this.#keptMax = keptMax;
  }

  /** The directory has been opened once more, through this thread or another. */
  pin(ino: Ino): void {
    Atomics.add(this.#cells, pinCell(ino), 1);
  }

  /** It has been closed once. */
  unpin(ino: Ino): void {
    Atomics.sub(this.#cells, pinCell(ino), 1);
  }

  /**
   * Whether everything that was told of the directory since the kernel last dropped its listing is known,
   * and will be while it is open. To be asked after `pin`.
   */
  remembers(ino: Ino): boolean {
    this.receive();
    return this.#directories.get(ino)?.epoch === this.#epoch;
  }

  /**
   * Gives numbers to names that stand one after the other in a directory, behind the name `after`; returns
   * that of the first. Names that were told before in the same way have their numbers already.
   */
  tell(ino: Ino, after: string, names: readonly string[]): number {
    this.receive();
    // The end of a listing, which each listing has a request for: there is nothing to number.
    if (names.length === 0 && after !== '') return FIRST_NUMBER;
    const text = names.join(SEPARATOR);
    const before = this.#directories.get(ino)?.byAfter.get(after);
    if (before?.text === text && before.epoch === this.#epoch) return before.first;
    const count = names.length;
    const first = Number(Atomics.add(this.#next, 0, BigInt(count)));
    const told: Told = { ino, epoch: this.#epoch, after, first, count, text };
    this.#channel.postMessage(told);
    this.#note(told);
    this.#makeRoom();
    return first;
  }

  /** Behind the name of this number there is none in its directory, as long as `mark` is the same. */
  noteEnd(number: number, mark: number): void {
    const cell = 2 * (number % END_PLACES);
    Atomics.store(this.#ends, cell, BigInt(number));
    // With the number of the one, the mark of another is none, where two threads write at the same time.
    Atomics.store(this.#ends, cell + 1, BigInt(mark) ^ BigInt(number));
  }

  /** Whether that is known: the kernel asks once more after each listing. */
  isEnd(number: number, mark: number): boolean {
    // Cells that nobody has set are 0, which is no number of a name.
    if (number < FIRST_NUMBER) return false;
    const cell = 2 * (number % END_PLACES);
    const [first, second] = [Atomics.load(this.#ends, cell), Atomics.load(this.#ends, cell + 1)];
    return first === BigInt(number) && (second ^ first) === BigInt(mark);
  }

  /** The name of a number; undefined for one that was never given out, or is lost. */
  nameAt(ino: Ino, number: number): string | undefined {
    this.receive();
    const told = this.#directories
      .get(ino)
      ?.told.findLast(({ first, count }) => number >= first && number < first + count);
    return told?.text.split(SEPARATOR)[number - told.first];
  }

  /** Takes in what the other threads have told; cheap when that is nothing. */
  receive(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#channel as never);
      if (received === undefined) break;
      this.#note(received.message as Told);
    }
    if (Atomics.load(this.#cells, EPOCH_CELL) !== this.#epoch) this.#enterEpoch();
  }

  #note(told: Told): void {
    let directory = this.#directories.get(told.ino);
    if (directory === undefined || this.#mayBeginAnew(directory, told)) {
      this.#forget(told.ino);
      directory = { epoch: told.epoch, told: [], byAfter: new Map(), length: 0 };
      this.#directories.set(told.ino, directory);
    }
    directory.told.push(told);
    directory.byAfter.set(told.after, told);
    this.#grow(directory, told.text.length);
    while (directory.length > KEPT_OF_ONE_MAX && directory.told.length > 1) {
      const oldest = directory.told.shift() as Told;
      if (directory.byAfter.get(oldest.after) === oldest) directory.byAfter.delete(oldest.after);
      this.#grow(directory, -oldest.text.length);
    }
  }

  #grow(directory: Directory, by: number): void {
    directory.length += by;
    this.#length += by;
  }

  /** What is left of an earlier epoch goes when a listing begins that nobody else has a part in. */
  #mayBeginAnew(directory: Directory, { ino, epoch, after }: Told): boolean {
    if (directory.epoch >= epoch || after !== '') return false;
    return Atomics.load(this.#cells, pinCell(ino)) <= 1;
  }

  #forget(ino: Ino): void {
    const directory = this.#directories.get(ino);
    if (directory === undefined) return;
    this.#length -= directory.length;
    this.#directories.delete(ino);
  }

  /** Too many names: all threads forget those of directories that are not open. */
  #makeRoom(): void {
    if (this.#length <= this.#keptMax) return;
    Atomics.compareExchange(this.#cells, EPOCH_CELL, this.#epoch, this.#epoch + 1);
    this.#enterEpoch();
  }

  /** INVARIANT: the epoch has begun before the pins are looked at; see `remembers`. */
  #enterEpoch(): void {
    this.#epoch = Atomics.load(this.#cells, EPOCH_CELL);
    for (const ino of [...this.#directories.keys()]) {
      if (Atomics.load(this.#cells, pinCell(ino)) === 0) this.#forget(ino);
    }
  }
}

/** Directories that share a cell keep each other's names for a while longer. */
function pinCell(ino: Ino): number {
  return FIRST_PIN + (ino % PIN_CELLS);
}
