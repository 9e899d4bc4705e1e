/** Requests past the queue that the writer has not answered. */
import { decodeFailure, isFailure } from '../core/failure.js';
import type { Waiter } from './queue.js';

export class PendingControls {
  readonly #waiters = new Map<number, Waiter>();
  #nextId = 1;

  get size(): number {
    return this.#waiters.size;
  }

  /** The number by which the answer names the request. */
  add(waiter: Waiter): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiters.set(id, waiter);
    return id;
  }

  settle(id: number, result: unknown): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    if (isFailure(result)) waiter?.reject(decodeFailure(result));
    else waiter?.resolve(result);
  }

  rejectAll(reason: unknown): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const { reject } of waiters) reject(reason);
  }
}
