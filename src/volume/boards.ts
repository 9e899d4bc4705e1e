/**
 * What all threads that have one volume open tell each other without messages: pieces of shared memory,
 * each with a rule of who writes. Made by the thread that opens the volume, carried by its handles.
 */
import { ProgressBoard } from '../core/progress-board.js';
import { ThreadBoard } from '../core/thread-board.js';
import { BehindTotals } from '../core/write-behind.js';
import { HealthMemory } from '../health/health-memory.js';
import { LatestInodes } from '../store/latest-inodes.js';
import { LatestRecords } from '../store/latest-records.js';

/** The same as it travels. */
export interface BoardsWire {
  readonly threads: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly inodes: SharedArrayBuffer;
  readonly progress: SharedArrayBuffer;
  readonly health: SharedArrayBuffer;
  readonly behind: SharedArrayBuffer;
}

export class Boards {
  /** A slot per thread: its queue, its readers, its operations. */
  readonly threads: ThreadBoard;
  /** The latest of each kind of upkeep. */
  readonly records: LatestRecords;
  /** What the last commit changed for a mount. */
  readonly inodes: LatestInodes;
  /** Long work that is under way. */
  readonly progress: ProgressBoard;
  /** Since when each check of health has its status. */
  readonly health: HealthMemory;
  /** What mounts have taken from programs and the writer has not committed. */
  readonly behind: BehindTotals;

  constructor(wire?: BoardsWire) {
    this.threads = new ThreadBoard(wire?.threads);
    this.records = new LatestRecords(wire?.records);
    this.inodes = new LatestInodes(wire?.inodes);
    this.progress = new ProgressBoard(wire?.progress);
    this.health = new HealthMemory(wire?.health);
    this.behind = new BehindTotals(wire?.behind);
  }

  get wire(): BoardsWire {
    return {
      threads: this.threads.buffer,
      records: this.records.buffer,
      inodes: this.inodes.buffer,
      progress: this.progress.buffer,
      health: this.health.buffer,
      behind: this.behind.buffer,
    };
  }
}
