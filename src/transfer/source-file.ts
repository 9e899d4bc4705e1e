/** Regular files of the host, opened once: what is imported is what was looked at. */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
// Without O_NONBLOCK a FIFO that takes the place of the file would stop everything.
const FLAGS = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
const FLAGS_NOATIME = FLAGS | (O_NOATIME ?? 0);
const BYTES_PER_BLOCK = 512n;

export class SourceFile {
  readonly path: string;
  readonly stats: BigIntStats;
  readonly #fd: number;
  #isOpen = true;

  constructor(path: string) {
    this.path = path;
    this.#fd = openQuietly(path);
    try {
      this.stats = fstatSync(this.#fd, { bigint: true });
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get size(): number {
    return Number(this.stats.size);
  }

  /** Whether the file takes less room than its size: then some of its zeros may be holes. */
  get isSparse(): boolean {
    return this.stats.blocks * BYTES_PER_BLOCK < this.stats.size;
  }

  get isAllHole(): boolean {
    return this.stats.blocks === 0n;
  }

  /** Fills `target` from `offset`; less only where the file ends, which may have changed by now. */
  read(target: Uint8Array, offset: number): number {
    let done = 0;
    while (done < target.length) {
      const count = readSync(this.#fd, target, done, target.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** May be called twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#fd);
  }
}

/** Only the owner and root may leave the access time alone. */
function openQuietly(path: string): number {
  try {
    return openSync(path, FLAGS_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(path, FLAGS);
  }
}
