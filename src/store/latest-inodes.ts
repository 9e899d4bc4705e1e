/**
 * The inodes that the last commit of the writer changed for a mount, as they are now, in memory that all threads of a
 * volume share. The kernel asks for a directory after each change in it, and for what it has just made: a read connection
 * would drop its page cache and read the same pages again for each of them.
 *
 * INVARIANT (a seqlock): the number is odd from before COMMIT until the records of that commit are here. Who finds the
 * same even number before and after has the state after the last commit of this process, whichever it was.
 * INVARIANT: commits of other processes are not noticed here. Who asks must know that there are none now, and whoever
 * finds that others have been there says so (`expire`) before anybody asks again.
 */
import type { BlobId, Ino } from '../core/ino.js';
import type { Inode } from './inode-table.js';

/** A directory and a file each for two places. */
export const LATEST_INODES_MAX = 4;

const SEQUENCE = 0;
const COUNT = 1;
/** Grows whenever others have been there; and what it was when the records were made. */
const VISITS = 2;
const VISITS_OF_RECORDS = 3;
const HEAD_CELLS = 4;
const HEAD_BYTES = HEAD_CELLS * Int32Array.BYTES_PER_ELEMENT;
const TWO_32 = 2 ** 32;
/** So that both numbers together are an exact number of JavaScript. */
const VISITS_KEPT = 2 ** 20;
const FIELDS = 20;
const BYTES = HEAD_BYTES + LATEST_INODES_MAX * FIELDS * Float64Array.BYTES_PER_ELEMENT;

export class LatestInodes {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #records: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#head = new Int32Array(buffer, 0, HEAD_CELLS);
    this.#records = new Float64Array(buffer, HEAD_BYTES);
  }

  /** Writer only: a commit is about to begin. */
  begin(): void {
    Atomics.add(this.#head, SEQUENCE, 1);
    Atomics.store(this.#head, VISITS_OF_RECORDS, Atomics.load(this.#head, VISITS));
  }

  /** Writer only: it has ended, and changed these inodes among others; at most `LATEST_INODES_MAX`. */
  end(inodes: readonly Inode[]): void {
    for (const [index, inode] of inodes.entries()) this.#put(index * FIELDS, inode);
    Atomics.store(this.#head, COUNT, inodes.length);
    Atomics.add(this.#head, SEQUENCE, 1);
  }

  /** Other processes have committed, or may have: what is here counts no more. Anybody may call it. */
  expire(): void {
    Atomics.add(this.#head, VISITS, 1);
  }

  /**
   * The same number as long as nothing was committed; undefined while something is. Visits of other processes count when
   * they have been found.
   */
  get state(): number | undefined {
    const sequence = Atomics.load(this.#head, SEQUENCE);
    if ((sequence & 1) === 1) return undefined;
    const visits = (Atomics.load(this.#head, VISITS) >>> 0) % VISITS_KEPT;
    return visits * TWO_32 + (sequence >>> 0);
  }

  /** Undefined when the last commit did not tell of it, or another one is under way. */
  get(ino: Ino): Inode | undefined {
    const sequence = Atomics.load(this.#head, SEQUENCE);
    if ((sequence & 1) === 1 || this.#hasExpired) return undefined;
    const count = Atomics.load(this.#head, COUNT);
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      if (this.#records[at] !== ino) continue;
      const inode = this.#take(at);
      // Not a mere load: plain reads before it could be done after it.
      const isSame = Atomics.add(this.#head, SEQUENCE, 0) === sequence;
      return isSame && !this.#hasExpired ? inode : undefined;
    }
    return undefined;
  }

  get #hasExpired(): boolean {
    return Atomics.load(this.#head, VISITS) !== Atomics.load(this.#head, VISITS_OF_RECORDS);
  }

  #put(at: number, inode: Inode): void {
    this.#records.set(
      [
        inode.ino,
        inode.mode,
        inode.nlink,
        inode.uid,
        inode.gid,
        inode.rdev,
        inode.size,
        inode.atimeSec,
        inode.atimeNsec,
        inode.mtimeSec,
        inode.mtimeNsec,
        inode.ctimeSec,
        inode.ctimeNsec,
        inode.btimeSec,
        inode.btimeNsec,
        inode.version,
        inode.parent ?? Number.NaN,
        inode.chunks,
        inode.head ?? Number.NaN,
        inode.inlineBytes,
      ],
      at,
    );
  }

  #take(at: number): Inode {
    const field = (index: number): number => this.#records[at + index] as number;
    return {
      ino: field(0) as Ino,
      mode: field(1),
      nlink: field(2),
      uid: field(3),
      gid: field(4),
      rdev: field(5),
      size: field(6),
      atimeSec: field(7),
      atimeNsec: field(8),
      mtimeSec: field(9),
      mtimeNsec: field(10),
      ctimeSec: field(11),
      ctimeNsec: field(12),
      btimeSec: field(13),
      btimeNsec: field(14),
      version: field(15),
      parent: orNull(field(16)) as Ino | null,
      chunks: field(17),
      head: orNull(field(18)) as BlobId | null,
      inlineBytes: field(19),
    };
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
