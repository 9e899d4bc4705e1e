/**
 * Another thread for a test, running a module of the tests that answers with `answerOpener`. What child.ts
 * is for processes.
 */
import { type MessagePort, parentPort, Worker, type WorkerOptions } from 'node:worker_threads';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: { readonly message: string; readonly code?: string };
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Thread {
  readonly worker: Worker;
  /** Resolves with the exit code when the thread has ended. */
  readonly ended: Promise<number>;
  /** What ended it, if an error did. */
  error: (Error & { code?: string }) | undefined;
  readonly #waiting = new Map<number, Waiter>();
  #nextId = 1;

  constructor(worker: Worker) {
    this.worker = worker;
    // Not `events.once`, which would reject when an error ends the thread.
    this.ended = new Promise((resolve) => worker.on('exit', resolve));
    worker.on('error', (error) => {
      this.error = error;
    });
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('exit', () => this.#giveUp());
  }

  /** Sends a request and resolves with the thread's answer; handles among `args` are transferred. */
  ask<T = unknown>(request: string, ...args: readonly unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.worker.postMessage({ id, request, args }, args.flatMap(portsOf));
    });
  }

  /** Lets the thread end by itself. */
  async end(): Promise<number> {
    this.worker.postMessage('end');
    return await this.ended;
  }

  #settle({ id, result, failure }: Answer): void {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiter?.resolve(result);
    else waiter?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the thread has ended'));
    this.#waiting.clear();
  }
}

/** Starts the compiled module at `url` in a thread of its own. */
export function startThread(url: URL, options: WorkerOptions = {}): Thread {
  return new Thread(new Worker(url, options));
}

function portsOf(value: unknown): MessagePort[] {
  return (value as { transferList?: MessagePort[] } | null | undefined)?.transferList ?? [];
}

type Handler = (...args: never[]) => unknown;

/** In the thread: answers requests by name as they come, until it is told to end. */
export function answerOpener(handlers: Readonly<Record<string, Handler>>): void {
  const port = parentPort;
  port?.on('message', async (message: { id: number; request: string; args: [] } | 'end') => {
    if (message === 'end') {
      port.close();
      return;
    }
    const { id, request, args } = message;
    try {
      const handler = handlers[request];
      if (handler === undefined) throw new Error(`no handler for '${request}'`);
      const result = await handler(...(args as never[]));
      port.postMessage({ id, result }, portsOf(result));
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      port.postMessage({ id, failure: { message, ...(code === undefined ? {} : { code }) } });
    }
  });
}
