/** Space on the disk under a volume, and how many inodes it has, as statfs(2) asks for them. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ReaderPool } from '../readers/pool.js';

/** Time between two counts of the inodes: as many times as long as the count took, and this at least. */
const COUNT_EVERY_MS = 2000;
const COUNT_COST = 100;

export interface SpaceFacts {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly files: number;
}

export class Space {
  readonly #path: string;
  readonly #pool: ReaderPool;
  #files = 0;
  #countAgainMs = 0;

  constructor(path: string, pool: ReaderPool) {
    this.#path = path;
    this.#pool = pool;
  }

  facts(): SpaceFacts {
    const { bsize, blocks, bavail } = statfsSync(dirname(this.#path));
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, files: this.#countFiles() };
  }

  /** Counting takes a scan, so the number may be a little old. */
  #countFiles(): number {
    const startMs = performance.now();
    if (startMs < this.#countAgainMs) return this.#files;
    this.#files = this.#pool.find((store) => store.inodes.count());
    const endMs = performance.now();
    this.#countAgainMs = endMs + Math.max(COUNT_EVERY_MS, (endMs - startMs) * COUNT_COST);
    return this.#files;
  }
}
