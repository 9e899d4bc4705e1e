/**
 * The reaper deletes orphans in bounded slices between batches, so that no commit is long however big a
 * file or tree was.
 */
import { Errno } from '../core/errno.js';
import { failpoint } from '../core/failpoint.js';
import { reap } from '../ops/remove.js';
import type { Store } from '../store/store.js';
import type { BatchOutcome, BatchRunner } from './batch.js';
import type { Sessions } from './sessions.js';

/** How long a slice is to take: as long does a command wait that comes meanwhile. */
const SLICE_MS = 0.7;
/** Directory entries and chunks in a slice; at 64 KiB a chunk, 16 MiB of pages to the free list at most. */
const SLICE_WORK_MIN = 8;
const SLICE_WORK_MAX = 256;
const LOOKED_AT_ONCE = 64;

export class Reaper {
  readonly #store: Store;
  readonly #runner: BatchRunner;
  readonly #sessions: Sessions;
  #awake = true;
  #resting = false;
  /** Orphans up to here were looked at in this round and are still held. */
  #cursor = 0;
  /** Orphans that could not be deleted in this round, because of what the volume holds. */
  readonly #damaged = new Set<number>();
  /** Work of the next slice, by how long the last one took: pages may be in memory, or come from a slow disk. */
  #sliceWork = SLICE_WORK_MIN;

  constructor(store: Store, runner: BatchRunner, sessions: Sessions) {
    this.#store = store;
    this.#runner = runner;
    this.#sessions = sessions;
  }

  /** There may be something to delete: an orphan was made, a handle closed, a session left. */
  wake(): void {
    this.#awake = true;
    this.#resting = false;
    this.#cursor = 0;
    this.#damaged.clear();
  }

  /** A slice failed for a reason that passes: sleeps until somebody wakes it. */
  rest(): void {
    this.#resting ||= this.#awake;
    this.#awake = false;
  }

  /** Whether it sleeps although there may be something to delete. */
  get isResting(): boolean {
    return this.#resting;
  }

  get isAwake(): boolean {
    return this.#awake;
  }

  /** One slice in a transaction of its own; sleeps when nothing is left that may be deleted. */
  step(): BatchOutcome | undefined {
    let current = 0;
    try {
      return this.#slice((seq) => {
        current = seq;
      });
    } catch (error) {
      // Damage that a check reports. Deleting on its word could make it worse, and stopping would leave
      // nobody to repair it: the slice was undone, and is repeated without it.
      if (current === 0 || !(error instanceof Errno) || error.code !== 'EIO') throw error;
      this.#damaged.add(current);
      return undefined;
    }
  }

  #slice(onOrphan: (seq: number) => void): BatchOutcome {
    const { result, outcome } = this.#runner.runAlone((ctx) => {
      const startedMs = performance.now();
      this.#sessions.look();
      const orphans = this.#store.orphans.listAfter(this.#cursor, LOOKED_AT_ONCE);
      if (orphans.length === 0) this.#awake = false;
      let budget = this.#sliceWork;
      for (const { seq, ino } of orphans) {
        if (this.#damaged.has(seq) || !this.#sessions.mayReap(ino, seq)) {
          this.#cursor = seq;
          continue;
        }
        onOrphan(seq);
        const inode = this.#store.inodes.get(ino);
        // A row without an inode, or of one that has links, is damage that a check reports (rule I9):
        // deleting on its word could make it worse, and stopping would leave nobody to repair it.
        if (inode === undefined || inode.nlink > 0) {
          this.#cursor = seq;
          continue;
        }
        budget -= reap(ctx, inode, budget).work;
        failpoint('reaper:slice');
        if (budget <= 0) break;
      }
      return { work: this.#sliceWork - budget, tookMs: performance.now() - startedMs };
    });
    this.#adapt(result);
    return outcome;
  }

  /** Without the commit: where that takes long, smaller slices would only be more of them. */
  #adapt({ work, tookMs }: { readonly work: number; readonly tookMs: number }): void {
    if (work === 0) return;
    // Twice as much at most: the first slice reads pages that the next ones find.
    const fitting = Math.min((work / tookMs) * SLICE_MS, 2 * this.#sliceWork);
    this.#sliceWork = Math.round(Math.min(Math.max(fitting, SLICE_WORK_MIN), SLICE_WORK_MAX));
  }
}
