/** What a client has posted and the writer has not answered: jobs in order, in parcels. */
import type { Ticket } from './queue.js';

export class InFlight {
  /** Oldest first; results come in this order. */
  readonly #tickets: Ticket[] = [];
  /** Number of tickets in each posted parcel that are not settled. */
  readonly #parcels: number[] = [];

  /** Parcels that are not settled. */
  get parcels(): number {
    return this.#parcels.length;
  }

  get oldest(): Ticket | undefined {
    return this.#tickets[0];
  }

  add(tickets: readonly Ticket[]): void {
    this.#parcels.push(tickets.length);
    for (const ticket of tickets) this.#tickets.push(ticket);
  }

  /** Takes the oldest `count`, which are answered. */
  take(count: number): Ticket[] {
    this.#countOff(count);
    return this.#tickets.splice(0, count);
  }

  takeAll(): Ticket[] {
    return this.take(this.#tickets.length);
  }

  #countOff(settled: number): void {
    let left = settled;
    while (left > 0 && this.#parcels.length > 0) {
      const first = this.#parcels[0] as number;
      if (first > left) {
        this.#parcels[0] = first - left;
        return;
      }
      left -= first;
      this.#parcels.shift();
    }
  }
}
