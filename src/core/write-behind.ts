/**
 * What a mount has taken from programs and the writer has not done yet: bytes of files, in the order in which
 * they were written, and access times. A ring in memory that the threads of the mount share with the writer,
 * so that a small write is a copy, and many of them share a commit.
 *
 *   write() ─┐                                       ┌─ take() ─▶ batch ─▶ done(seq)
 *   write() ─┴▶ [record seq 7][record seq 8] ... ────┘                     fail(ino, errno)
 *
 * Every record has a number. For each inode there is the number of its last record, so whoever is about to
 * look at an inode knows whether something of it is pending, and waits for the writer then.
 *
 * INVARIANT: the records are done in the order of their numbers, and before every command that was posted to
 * the writer after they were put here (`writer/behind.ts`).
 */
import type { Ino } from './ino.js';
import { SharedLock } from './shared-lock.js';

export interface BehindWrite {
  readonly type: 'write';
  readonly ino: Ino;
  /** Where the program takes its bytes to go, in bytes. */
  readonly offset: number;
  /** They go to the end of the file, wherever that is. */
  readonly isAppend: boolean;
  /** Who writes may not keep set-id bits. */
  readonly asStranger: boolean;
  readonly data: Buffer;
  readonly seq: number;
}

/** One that is to be taken. */
export type NewWrite = Omit<BehindWrite, 'type' | 'seq'>;

export interface BehindAccess {
  readonly type: 'access';
  readonly ino: Ino;
  readonly seq: number;
}

export type BehindRecord = BehindWrite | BehindAccess;

/** Most that may be pending, records and what is being done of them, in bytes. */
export const BEHIND_BYTES_MAX: number = 8 * 1024 * 1024;

// Head: numbers of the last record and of the last one done; where the next record is put and taken from.
const LOCK = 0;
const SEQ = 1;
const DONE = 2;
const HEAD = 3;
const TAIL = 4;
const PENDING_BYTES = 5;
const FRESH_BYTES = 6;
const FAILURES = 7;
const FAILED_INODES = 8;
/** Where a record is being put, and how far that is: for who takes over from a thread that has died there. */
const NEW_AT = 9;
const NEW_STEP = 10;
const HEAD_CELLS = 16;

/** Inodes that share a cell wait for each other now and then. */
const INODE_CELLS = 4096;
/** Inodes with a failure that are still open; of more of them the first is forgotten. */
const FAILED_MAX = 64;
/** Of each: why, the first opening after it (0: none yet), and openings that know. More than these are told again. */
const FAILED_INO = 0;
const ERRNO = 1;
const NEXT_OPENING = 2;
const TOLD = 3;
const FAILURE_CELLS = 11;

const INODES_AT = HEAD_CELLS * Int32Array.BYTES_PER_ELEMENT;
const WRITTEN_AT = INODES_AT + INODE_CELLS * Int32Array.BYTES_PER_ELEMENT;
const FAILED_AT = WRITTEN_AT + INODE_CELLS * Int32Array.BYTES_PER_ELEMENT;
const RING_AT = FAILED_AT + FAILURE_CELLS * FAILED_MAX * Float64Array.BYTES_PER_ELEMENT;
const RING_BYTES = BEHIND_BYTES_MAX;

/** Of a record: kind, length of its bytes, number, flags; then inode and offset. */
const KIND = 0;
const LENGTH = 1;
const RECORD_SEQ = 2;
const FLAGS = 3;
const INO = 2;
const OFFSET = 3;
const RECORD_BYTES = 32;

/** The rest of the ring is empty. */
const PAD = 0;
const WRITE = 1;
const ACCESS = 2;
/** Flags of a write. */
const APPENDS = 1;
const AS_STRANGER = 2;

/** Of a new record: nothing is to be mended; it is being counted; it has been. */
const NONE = 0;
const COUNTING = 1;
const COUNTED = 2;

const ALIGN = 8;
const NO_BYTES = Buffer.alloc(0);

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

interface RawRecord {
  readonly kind: number;
  readonly flags: number;
  readonly ino: Ino;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Of all mounts of a volume, together: records and bytes that are pending, and what could not be done. */
export class BehindTotals {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(12)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  add(records: number, bytes: number): void {
    Atomics.add(this.#cells, 0, records);
    Atomics.add(this.#cells, 1, bytes);
  }

  noteFailure(): void {
    Atomics.add(this.#cells, 2, 1);
  }

  /** Writes, neighbours as one, that could not be done; ever. */
  get failures(): number {
    return Atomics.load(this.#cells, 2);
  }

  get records(): number {
    return Atomics.load(this.#cells, 0);
  }

  get bytes(): number {
    return Atomics.load(this.#cells, 1);
  }
}

/** Both memories, as they travel. */
export interface WriteBehindWire {
  readonly ring: SharedArrayBuffer;
  readonly totals: SharedArrayBuffer;
}

export class WriteBehind {
  readonly wire: WriteBehindWire;
  readonly #head: Int32Array;
  readonly #lock: SharedLock;
  /** Of each inode, the number of its last record, and of its last write. */
  readonly #inodes: Int32Array;
  readonly #written: Int32Array;
  readonly #failed: Float64Array;
  readonly #bytes: Buffer;
  readonly #integers: Int32Array;
  readonly #numbers: Float64Array;
  readonly #totals: BehindTotals;

  /** `ring`: that of a mount; without it, a new one. */
  constructor({ totals, ring = createRing() }: Partial<WriteBehindWire> = {}) {
    this.#totals = new BehindTotals(totals);
    this.wire = { ring, totals: this.#totals.buffer };
    this.#head = new Int32Array(ring, 0, HEAD_CELLS);
    this.#lock = new SharedLock(this.#head, LOCK);
    this.#inodes = new Int32Array(ring, INODES_AT, INODE_CELLS);
    this.#written = new Int32Array(ring, WRITTEN_AT, INODE_CELLS);
    this.#failed = new Float64Array(ring, FAILED_AT, FAILURE_CELLS * FAILED_MAX);
    this.#bytes = Buffer.from(ring, RING_AT, RING_BYTES);
    this.#integers = new Int32Array(ring, RING_AT, RING_BYTES / 4);
    this.#numbers = new Float64Array(ring, RING_AT, RING_BYTES / 8);
  }

  // --- the threads of the mount ------------------------------------------------------------------

  /** False when there is no room. The bytes are copied. */
  write(write: NewWrite): boolean {
    const flags = (write.isAppend ? APPENDS : 0) | (write.asStranger ? AS_STRANGER : 0);
    return this.#append({ kind: WRITE, flags, ...write });
  }

  /** The file was read. False when there is no room. */
  access(ino: Ino): boolean {
    return this.#append({ kind: ACCESS, flags: 0, ino, offset: 0, data: NO_BYTES });
  }

  #append(record: RawRecord): boolean {
    return this.#lock.hold(() => {
      const bytes = RECORD_BYTES + align(record.data.length);
      if (Atomics.load(this.#head, PENDING_BYTES) + bytes > BEHIND_BYTES_MAX) return false;
      const at = this.#room(bytes);
      if (at === undefined) return false;
      const seq = (Atomics.load(this.#head, SEQ) + 1) | 0;
      this.#put(at, seq, record);
      Atomics.store(this.#head, NEW_AT, at);
      Atomics.store(this.#head, NEW_STEP, COUNTING);
      this.#totals.add(1, bytes);
      Atomics.add(this.#head, PENDING_BYTES, bytes);
      Atomics.add(this.#head, FRESH_BYTES, bytes);
      Atomics.store(this.#head, NEW_STEP, COUNTED);
      this.#publish();
      return true;
    });
  }

  /** What was put becomes a record that the writer takes. May be done twice. */
  #publish(): void {
    const at = Atomics.load(this.#head, NEW_AT);
    const seq = this.#integers[at / 4 + RECORD_SEQ] as number;
    const cell = cellOf(this.#numbers[at / 8 + INO] as Ino);
    // First: a cell may never be ahead of it, or the record before would not look pending for a moment.
    Atomics.store(this.#head, SEQ, seq);
    Atomics.store(this.#inodes, cell, seq);
    if (this.#integers[at / 4 + KIND] === WRITE) Atomics.store(this.#written, cell, seq);
    const bytes = RECORD_BYTES + align(this.#integers[at / 4 + LENGTH] as number);
    // Before the record can be taken, and its place be another's.
    Atomics.store(this.#head, NEW_STEP, NONE);
    Atomics.store(this.#head, HEAD, (at + bytes) % RING_BYTES);
  }

  /**
   * A thread of the mount has died, perhaps in the middle of putting a record: the others go on. A record that
   * was counted is taken as any; one that was just being counted is dropped, and the sum of what is pending
   * stays too high by it at most, which has readers wait in vain, and none too early.
   */
  bury(thread: number): void {
    this.#lock.takeFromDead(thread, () => {
      if (Atomics.load(this.#head, NEW_STEP) === COUNTED) this.#publish();
      Atomics.store(this.#head, NEW_STEP, NONE);
    });
  }

  /** Where so many bytes in one piece are free; the ring never fills up, or it would look empty. */
  #room(bytes: number): number | undefined {
    const head = Atomics.load(this.#head, HEAD);
    const tail = Atomics.load(this.#head, TAIL);
    if (head < tail) return head + bytes < tail ? head : undefined;
    if (head + bytes < RING_BYTES || (head + bytes === RING_BYTES && tail > 0)) return head;
    if (bytes >= tail) return undefined;
    this.#integers[head / 4 + KIND] = PAD;
    return 0;
  }

  #put(at: number, seq: number, { kind, flags, ino, offset, data }: RawRecord): void {
    this.#integers[at / 4 + KIND] = kind;
    this.#integers[at / 4 + LENGTH] = data.length;
    this.#integers[at / 4 + RECORD_SEQ] = seq;
    this.#integers[at / 4 + FLAGS] = flags;
    this.#numbers[at / 8 + INO] = ino;
    this.#numbers[at / 8 + OFFSET] = offset;
    this.#bytes.set(data, at + RECORD_BYTES);
  }

  /** Bytes that came since the writer was last told; starts again from 0 when they are `most` or more. */
  isDue(most: number): boolean {
    if (Atomics.load(this.#head, FRESH_BYTES) < most) return false;
    Atomics.store(this.#head, FRESH_BYTES, 0);
    return true;
  }

  /** Whether something of the inode may be pending. */
  isPending(ino: Ino): boolean {
    return this.#isAhead(Atomics.load(this.#inodes, cellOf(ino)));
  }

  /** Whether bytes of it may be: an access time is no matter for who reads or closes it. */
  isWritePending(ino: Ino): boolean {
    return this.#isAhead(Atomics.load(this.#written, cellOf(ino)));
  }

  #isAhead(last: number): boolean {
    const done = Atomics.load(this.#head, DONE);
    const pending = (Atomics.load(this.#head, SEQ) - done) | 0;
    // Numbers begin anew after 2^32 of them: a cell from before that is in front of all that are pending.
    const ahead = (last - done) | 0;
    return ahead > 0 && ahead <= pending;
  }

  get hasPending(): boolean {
    return Atomics.load(this.#head, SEQ) !== Atomics.load(this.#head, DONE);
  }

  /** Whether something of other mounts may be pending. */
  get othersHavePending(): boolean {
    for (;;) {
      const seq = Atomics.load(this.#head, SEQ);
      const done = Atomics.load(this.#head, DONE);
      const { records } = this.#totals;
      const isSame =
        Atomics.load(this.#head, SEQ) === seq && Atomics.load(this.#head, DONE) === done;
      // The total is raised first and lowered last, so it is too high at most.
      if (isSame) return records > ((seq - done) | 0);
    }
  }

  /**
   * Why something of the inode could not be done, as an errno, for one of the openings that the file had
   * then; 0 for none. With `once` this opening is not told again: a descriptor that a program has inherited
   * is closed, too, when the program ends, and then nobody listens.
   */
  failureOf(ino: Ino, opening: number, once: boolean): number {
    return this.#ofFailure(ino, (cell) => {
      const since = this.#failed[cell + NEXT_OPENING] as number;
      const told = this.#failed.subarray(cell + TOLD, cell + FAILURE_CELLS);
      if ((since !== 0 && opening >= since) || told.includes(opening)) return 0;
      const free = told.indexOf(0);
      if (once && free >= 0) told[free] = opening;
      return this.#failed[cell + ERRNO] as number;
    });
  }

  /** The file is opened: what failed before is not told to this opening, nor to later ones. */
  noteOpening(ino: Ino, opening: number): void {
    this.#ofFailure(ino, (cell) => {
      if (this.#failed[cell + NEXT_OPENING] === 0) this.#failed[cell + NEXT_OPENING] = opening;
      return 0;
    });
  }

  /** Nobody has the file open any more who could be told. */
  forgetFailure(ino: Ino): void {
    this.#ofFailure(ino, (cell) => {
      this.#failed[cell + ERRNO] = 0;
      Atomics.sub(this.#head, FAILED_INODES, 1);
      return 0;
    });
  }

  /** Calls `work` with the place of the inode's failure; 0 where it has none. */
  #ofFailure(ino: Ino, work: (cell: number) => number): number {
    if (Atomics.load(this.#head, FAILED_INODES) === 0) return 0;
    return this.#lock.hold(() => {
      const cell = this.#cellForFailure(ino);
      if (cell === undefined || this.#failed[cell + ERRNO] === 0) return 0;
      return work(cell);
    });
  }

  // --- the writer --------------------------------------------------------------------------------

  /** What has come since the last time, in order. */
  take(): BehindRecord[] {
    const taken: BehindRecord[] = [];
    let at = Atomics.load(this.#head, TAIL);
    const head = Atomics.load(this.#head, HEAD);
    while (at !== head) {
      const kind = this.#integers[at / 4 + KIND];
      if (kind === PAD) {
        at = 0;
        continue;
      }
      const record = this.#recordAt(at);
      taken.push(record);
      at = (at + bytesOf(record)) % RING_BYTES;
    }
    Atomics.store(this.#head, TAIL, at);
    return taken;
  }

  #recordAt(at: number): BehindRecord {
    const kind = this.#integers[at / 4 + KIND];
    const seq = this.#integers[at / 4 + RECORD_SEQ] as number;
    const ino = this.#numbers[at / 8 + INO] as Ino;
    if (kind === ACCESS) return { type: 'access', ino, seq };
    const offset = this.#numbers[at / 8 + OFFSET] as number;
    const start = at + RECORD_BYTES;
    const length = this.#integers[at / 4 + LENGTH] as number;
    // A copy: its place in the ring is free from now on.
    const data = Buffer.from(this.#bytes.subarray(start, start + length));
    const flags = this.#integers[at / 4 + FLAGS] as number;
    const isAppend = (flags & APPENDS) !== 0;
    const asStranger = (flags & AS_STRANGER) !== 0;
    return { type: 'write', ino, offset, isAppend, asStranger, data, seq };
  }

  /** These have been done, or never will be; the last one of all is among them. */
  done(records: readonly BehindRecord[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
    Atomics.sub(this.#head, PENDING_BYTES, bytes);
    Atomics.store(this.#head, DONE, last.seq);
    this.#totals.add(-records.length, -bytes);
  }

  /** Something of the inode could not be done; who closes or syncs the file is to hear of it. */
  fail(ino: Ino, errno: number): void {
    this.#lock.hold(() => {
      const count = Atomics.add(this.#head, FAILURES, 1);
      this.#totals.noteFailure();
      const cell = this.#cellForFailure(ino) ?? FAILURE_CELLS * (count % FAILED_MAX);
      if (this.#failed[cell + ERRNO] === 0) Atomics.add(this.#head, FAILED_INODES, 1);
      this.#failed.fill(0, cell, cell + FAILURE_CELLS);
      this.#failed[cell + FAILED_INO] = ino;
      this.#failed[cell + ERRNO] = errno;
    });
  }

  /** That of the inode, or a free one. */
  #cellForFailure(ino: Ino): number | undefined {
    let free: number | undefined;
    for (let cell = 0; cell < FAILURE_CELLS * FAILED_MAX; cell += FAILURE_CELLS) {
      if (this.#failed[cell + ERRNO] === 0) free ??= cell;
      else if (this.#failed[cell + FAILED_INO] === ino) return cell;
    }
    return free;
  }
}

function createRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(RING_AT + RING_BYTES);
}

function bytesOf(record: BehindRecord): number {
  return RECORD_BYTES + (record.type === 'write' ? align(record.data.length) : 0);
}

/** Also of a number that no inode should have: a volume may come from anybody. */
function cellOf(ino: Ino): number {
  return Math.abs(ino % INODE_CELLS);
}
