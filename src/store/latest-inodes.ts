/**
 * The inodes that the last commit of the writer changed for a mount, as they are now, in memory that all threads of a
 * volume share. The kernel asks for a directory after each change in it, and for what it has just made: a read connection
 * would drop its page cache and read the same pages again for each of them.
 *
 * INVARIANT (a seqlock): the number is odd from before COMMIT until the records of that commit are here. Who finds the
 * same even number before and after has the state after the last commit of this process, whichever it was.
 * Commits of other processes are not noticed here: who asks must know that there are none.
 */
import type { BlobId, Ino } from '../core/ino.js';
import type { Inode } from './inode-table.js';

/** A directory and a file each for two places. */
export const LATEST_INODES_MAX = 4;

const SEQUENCE = 0;
const COUNT = 1;
const HEAD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
const FIELDS = 20;
const BYTES = HEAD_BYTES + LATEST_INODES_MAX * FIELDS * Float64Array.BYTES_PER_ELEMENT;

export class LatestInodes {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #records: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#head = new Int32Array(buffer, 0, 2);
    this.#records = new Float64Array(buffer, HEAD_BYTES);
  }

  /** Writer only: a commit is about to begin. */
  begin(): void {
    Atomics.add(this.#head, SEQUENCE, 1);
  }

  /** Writer only: it has ended, and changed these inodes among others; at most `LATEST_INODES_MAX`. */
  end(inodes: readonly Inode[]): void {
    for (const [index, inode] of inodes.entries()) this.#put(index * FIELDS, inode);
    Atomics.store(this.#head, COUNT, inodes.length);
    Atomics.add(this.#head, SEQUENCE, 1);
  }

  /** Undefined when the last commit did not tell of it, or another one is under way. */
  get(ino: Ino): Inode | undefined {
    const sequence = Atomics.load(this.#head, SEQUENCE);
    if ((sequence & 1) === 1) return undefined;
    const count = Atomics.load(this.#head, COUNT);
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      if (this.#records[at] !== ino) continue;
      const inode = this.#take(at);
      return Atomics.load(this.#head, SEQUENCE) === sequence ? inode : undefined;
    }
    return undefined;
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
