/**
 * The write-ahead log of a damaged database, as far as it can be trusted without SQLite.
 *
 * SQLite stops at the first frame whose checksum is wrong, and what was committed after it is gone. The
 * checksum runs on from frame to frame, and each frame holds it: so a frame can be proved with the one
 * before it, and a damaged one spoils itself and at most the next. A page whose newest frame is damaged
 * is taken for lost: its older image belongs to another moment.
 *
 * Format: https://sqlite.org/fileformat2.html#walformat
 */
import { closeSync, openSync } from 'node:fs';
import { walPath } from '../wal.js';
import { readAt } from './read-at.js';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
const MAGIC_MASK = 0xfffffffe;
const LOST = -1;

export interface LogState {
  /** Frames that belong to the log. */
  readonly frames: number;
  /** Those whose checksum is wrong. */
  readonly damagedFrames: number;
}

interface Words {
  /** Byte order of the words that the checksum takes. */
  readonly isBigEndian: boolean;
}

type Sum = readonly [number, number];

function add([one, two]: Sum, bytes: Buffer, { isBigEndian }: Words): Sum {
  let [s1, s2] = [one, two];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const first = isBigEndian ? bytes.readInt32BE(at) : bytes.readInt32LE(at);
    const second = isBigEndian ? bytes.readInt32BE(at + 4) : bytes.readInt32LE(at + 4);
    s1 = (s1 + first + s2) | 0;
    s2 = (s2 + second + s1) | 0;
  }
  return [s1, s2];
}

export class RawLog {
  readonly #fd: number;
  readonly #pageSizeBytes: number;
  /** Where the newest image of a page is, by page number; `LOST` when it is damaged. */
  readonly #images = new Map<number, number>();
  #state: LogState = { frames: 0, damagedFrames: 0 };
  /** Pages of the database after the last commit; undefined when the log has none. */
  #pages: number | undefined;

  private constructor(fd: number, pageSizeBytes: number) {
    this.#fd = fd;
    this.#pageSizeBytes = pageSizeBytes;
  }

  /** Undefined when there is none. `pageSizeBytes`: that of the database, 0 when it is not known. */
  static open(path: string, pageSizeBytes: number): RawLog | undefined {
    let fd: number;
    try {
      fd = openSync(walPath(path), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const header = readAt(fd, 0, HEADER_BYTES);
      const size = pageSizeBytes === 0 ? (header?.readUInt32BE(8) ?? 0) : pageSizeBytes;
      const log = new RawLog(fd, size);
      if (header !== undefined && size > 0) log.#index(header);
      return log;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get state(): LogState {
    return this.#state;
  }

  get pages(): number | undefined {
    return this.#pages;
  }

  /** 0 when neither the database nor the log tells. */
  get pageSizeBytes(): number {
    return this.#pageSizeBytes;
  }

  /** The image of a page; undefined when it is not in the log, `null` when it is damaged there. */
  read(page: number): Buffer | null | undefined {
    const at = this.#images.get(page);
    if (at === undefined) return undefined;
    return at === LOST ? null : (readAt(this.#fd, at, this.#pageSizeBytes) ?? null);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #index(header: Buffer): void {
    const first = readAt(this.#fd, HEADER_BYTES, FRAME_HEADER_BYTES);
    if (first === undefined) return;
    const isHeaderSound = (header.readUInt32BE(0) & MAGIC_MASK) >>> 0 === MAGIC;
    // Where the head is damaged, the first frame has the salts too.
    const salts = isHeaderSound ? header.subarray(16, 24) : first.subarray(8, 16);
    const orders = isHeaderSound ? [header.readUInt32BE(0) % 2 === 1] : [false, true];
    const seed: Sum = [header.readInt32BE(24), header.readInt32BE(28)];
    for (const isBigEndian of orders) {
      this.#images.clear();
      this.#run(salts, seed, { isBigEndian });
      if (this.#state.damagedFrames < this.#state.frames) return;
    }
    // Nothing in it can be proved: the database file stands for itself.
    this.#images.clear();
    this.#pages = undefined;
  }

  #run(salts: Buffer, seed: Sum, words: Words): void {
    const frameBytes = FRAME_HEADER_BYTES + this.#pageSizeBytes;
    let before = seed;
    let damagedFrames = 0;
    let frames = 0;
    let open = new Map<number, number>();
    for (;;) {
      const at = HEADER_BYTES + frames * frameBytes;
      const frame = readAt(this.#fd, at, frameBytes);
      if (frame === undefined || !isOfLog(frame, salts)) break;
      frames += 1;
      const sum = add(add(before, frame.subarray(0, 8), words), frame.subarray(24), words);
      before = [frame.readInt32BE(16), frame.readInt32BE(20)];
      const isSound = sum[0] === before[0] && sum[1] === before[1];
      if (!isSound) damagedFrames += 1;
      open.set(frame.readUInt32BE(0), isSound ? at + FRAME_HEADER_BYTES : LOST);
      const pages = frame.readUInt32BE(4);
      if (!isSound || pages === 0) continue;
      this.#pages = pages;
      for (const [page, place] of open) this.#images.set(page, place);
      open = new Map();
    }
    this.#state = { frames, damagedFrames };
  }
}

/** A frame with one wrong salt of two belongs here and is damaged. */
function isOfLog(frame: Buffer, salts: Buffer): boolean {
  return (
    frame.readUInt32BE(8) === salts.readUInt32BE(0) ||
    frame.readUInt32BE(12) === salts.readUInt32BE(4)
  );
}
