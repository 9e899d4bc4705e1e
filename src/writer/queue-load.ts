/** How full the queue of one thread is: counted against its bounds, and told to all threads. */
import type { ThreadSlot } from '../core/thread-slot.js';
import type { QueueLimits, QueueState, Ticket } from './queue.js';

export class QueueLoad {
  readonly #limits: QueueLimits;
  readonly #slot: ThreadSlot;
  #commands = 0;
  #bytes = 0;
  #waiters = 0;
  #sinceMs = 0;

  constructor(limits: QueueLimits, slot: ThreadSlot) {
    this.#limits = limits;
    this.#slot = slot;
  }

  /** Commands accepted and not settled. */
  get commands(): number {
    return this.#commands;
  }

  /** Whether there is room; an empty queue takes everything. */
  fits({ bytes }: Ticket): boolean {
    if (this.#commands === 0) return true;
    const { queueCommandsMax, queueBytesMax } = this.#limits;
    return this.#commands < queueCommandsMax && this.#bytes + bytes <= queueBytesMax;
  }

  add({ bytes, sinceMs }: Ticket): void {
    this.#commands += 1;
    this.#bytes += bytes;
    if (this.#sinceMs === 0) this.#sinceMs = sinceMs;
    this.#tell();
  }

  /** `publish` is called after the last of several. */
  remove({ bytes }: Ticket): void {
    this.#commands -= 1;
    this.#bytes -= bytes;
  }

  clear(): void {
    this.#commands = 0;
    this.#bytes = 0;
    this.publish(0, 0);
  }

  /** Callers that wait for room, and since when the oldest of all waits; 0 when there is none. */
  publish(waiters: number, sinceMs: number): void {
    this.#waiters = waiters;
    this.#sinceMs = sinceMs;
    this.#tell();
  }

  #tell(): void {
    this.#slot.set('queueCommands', this.#commands);
    this.#slot.set('queueBytes', this.#bytes);
    this.#slot.set('queueWaiters', this.#waiters);
    this.#slot.set('queueSinceMs', this.#sinceMs);
  }

  get state(): QueueState {
    return {
      commands: this.#commands,
      bytes: this.#bytes,
      waiters: this.#waiters,
      oldestAgeMs: this.#sinceMs === 0 ? 0 : Math.max(0, Date.now() - this.#sinceMs),
    };
  }
}
