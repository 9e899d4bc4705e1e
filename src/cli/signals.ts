/** Signals that end a command, one after the other, for commands that decide themselves what they mean. */
import { EXIT } from './exit-codes.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndSignal = (typeof SIGNALS)[number];

export class Signals {
  readonly #came: EndSignal[] = [];
  readonly #listener = (signal: NodeJS.Signals): void => this.#receive(signal as EndSignal);
  #waiter: ((signal: EndSignal) => void) | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  #receive(signal: EndSignal): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter !== undefined) waiter(signal);
    // Somebody is impatient with what the last signal has begun.
    else if (this.#came.length > 0) process.exit(EXIT.interrupted);
    else this.#came.push(signal);
  }

  /** The next signal; only one caller may wait at a time. */
  next(): Promise<EndSignal> {
    const came = this.#came.shift();
    if (came !== undefined) return Promise.resolve(came);
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
