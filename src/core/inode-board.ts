/** Memory that threads share: some cells about everything, and a count for each inode. */
import { InodeCounts } from './inode-counts.js';

/** As many as any board has. */
const HEAD_CELLS = 2;
const HEAD_BYTES = HEAD_CELLS * Int32Array.BYTES_PER_ELEMENT;

export class InodeBoard {
  readonly buffer: SharedArrayBuffer;
  /** All 0 at first. */
  protected readonly head: Int32Array;
  protected readonly counts: InodeCounts;

  /** Without a buffer, a new one. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + InodeCounts.BYTES)) {
    this.buffer = buffer;
    this.head = new Int32Array(buffer, 0, HEAD_CELLS);
    this.counts = new InodeCounts(buffer, HEAD_BYTES);
  }
}
