/** Writes that wait for room in a full queue, in order, bounded by their number and their bytes. */
import type { QueueLimits, Ticket } from './queue.js';

export class Waiters {
  readonly #limits: QueueLimits;
  readonly #tickets = new Set<Ticket>();
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#tickets.size;
  }

  get first(): Ticket | undefined {
    return this.#tickets.values().next().value;
  }

  [Symbol.iterator](): Iterator<Ticket> {
    return this.#tickets.values();
  }

  /** Whether one more may wait; when nobody else brings any bytes, of whatever size. */
  mayAdd({ bytes }: Ticket): boolean {
    const { queuePolicy, queueWaitersMax, queueWaitersBytesMax } = this.#limits;
    if (queuePolicy !== 'wait' || this.size >= queueWaitersMax) return false;
    return this.#bytes === 0 || this.#bytes + bytes <= queueWaitersBytesMax;
  }

  /** The caller waits; its bytes are copied now, because it may reuse the buffer at once. */
  add(ticket: Ticket): void {
    const commands = ticket.job.commands.map((command) =>
      command.data === undefined ? command : { ...command, data: Uint8Array.from(command.data) },
    );
    Object.assign(ticket, { job: { ...ticket.job, commands } });
    this.#tickets.add(ticket);
    this.#bytes += ticket.bytes;
  }

  delete(ticket: Ticket): boolean {
    if (!this.#tickets.delete(ticket)) return false;
    this.#bytes -= ticket.bytes;
    return true;
  }

  /** All that waited; none is left. */
  takeAll(): Ticket[] {
    const all = [...this.#tickets];
    this.#tickets.clear();
    this.#bytes = 0;
    return all;
  }
}
