/**
 * The next batch: lanes in rotation, each in its own order. There is a lane for each client, and one for what
 * mounts have taken from programs, of which some has to go before a job of a client.
 */
import type { Behind } from './behind.js';
import type { PendingJob } from './jobs.js';

export interface BatchBounds {
  readonly batchCommandsMax: number;
  readonly batchBytesMax: number;
}

export class Gathering {
  #batch: PendingJob[] = [];
  readonly #bounds: BatchBounds;
  readonly #behind: Behind;
  #bytes = 0;
  isFull = false;

  constructor(bounds: BatchBounds, behind: Behind) {
    this.#bounds = bounds;
    this.#behind = behind;
  }

  get batch(): readonly PendingJob[] {
    return this.#batch;
  }

  /** Takes out what was added so far: it has to be done before it was all gathered. */
  takeBatch(): readonly PendingJob[] {
    const taken = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    this.isFull = false;
    return taken;
  }

  /** Adds what is in the lanes of clients and behind, until the batch is full. */
  add(lanes: readonly PendingJob[][]): void {
    const waiting = lanes.filter((lane) => lane.length > 0);
    for (let turn = 0; !this.isFull; turn += 1) {
      if (this.#behind.first !== undefined) this.#addBehind();
      if (waiting.length === 0) {
        if (this.#behind.first === undefined) return;
        continue;
      }
      const at = turn % waiting.length;
      const lane = waiting[at] as PendingJob[];
      if (lane.length === 0) waiting.splice(at, 1);
      else this.#addFrom(lane);
    }
  }

  #addFrom(lane: PendingJob[]): void {
    const next = lane[0] as PendingJob;
    while (this.#behind.started < next.after) if (!this.#addBehind()) return;
    if (this.#admit(next)) lane.shift();
  }

  #addBehind(): boolean {
    const next = this.#behind.first;
    if (next === undefined || !this.#admit(next)) return false;
    this.#behind.next();
    return true;
  }

  #admit(job: PendingJob): boolean {
    const { batchCommandsMax, batchBytesMax } = this.#bounds;
    const isOver = this.#bytes + job.bytes > batchBytesMax;
    if (this.#batch.length >= batchCommandsMax || (this.#batch.length > 0 && isOver)) {
      this.isFull = true;
      return false;
    }
    this.#batch.push(job);
    this.#bytes += job.bytes;
    return true;
  }
}
