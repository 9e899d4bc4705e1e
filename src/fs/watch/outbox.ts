/**
 * Events on their way to listeners. They are delivered in a tick of their own: never inside of a call
 * that the user makes, which may have to wait for the writer and so hear of its commits.
 */
export interface Delivery {
  /** Calls the listeners; what they throw is theirs. */
  deliver(): void;
}

export class Outbox {
  readonly #prepare: () => void;
  #queue: Delivery[] = [];
  #isScheduled = false;

  /** `prepare` is called at each turn, to put in what has become known. */
  constructor(prepare: () => void) {
    this.#prepare = prepare;
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.schedule();
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.#turn());
  }

  #turn(): void {
    try {
      this.#prepare();
    } finally {
      this.#isScheduled = false;
      this.#deliver();
    }
  }

  #deliver(): void {
    const queue = this.#queue;
    this.#queue = [];
    let done = 0;
    try {
      for (const delivery of queue) {
        done += 1;
        delivery.deliver();
      }
    } finally {
      // A listener threw: the others are still to be told.
      if (done < queue.length) {
        this.#queue = [...queue.slice(done), ...this.#queue];
        this.schedule();
      }
    }
  }
}
