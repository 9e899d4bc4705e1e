/**
 * Another process for a test, running a module of the tests that talks with `answerParent`.
 *
 * Every wait is on an event: an answer, a report, or the end of the process.
 */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { noteStarted } from './started.js';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: { readonly message: string; readonly code?: string };
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  readonly process: ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<ChildEnd>;
  readonly #waiting = new Map<number, Waiter>();
  #nextId = 1;

  constructor(process: ChildProcess) {
    this.process = process;
    this.ended = once(process, 'exit').then(([code, signal]) => ({ code, signal }));
    process.on('message', (answer: Answer) => this.#settle(answer));
    process.on('exit', () => this.#giveUp());
  }

  /** Sends a request and resolves with the child's answer to it. */
  ask(request: string, ...args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      this.#waiting.set(id, { resolve, reject });
      this.process.send({ id, request, args }, (error) => {
        if (error !== null) this.#settle({ id, failure: { message: error.message } });
      });
    });
  }

  /** Asks for `end`, in which the child closes what it has, and lets it go. */
  async end(): Promise<ChildEnd> {
    await this.ask('end');
    this.process.disconnect();
    return await this.ended;
  }

  async kill(): Promise<ChildEnd> {
    this.process.kill('SIGKILL');
    return await this.ended;
  }

  #settle({ id, result, failure }: Answer): void {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiter?.resolve(result);
    else waiter?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the child has ended'));
    this.#waiting.clear();
  }
}

/** Starts the compiled module at `url` in a process of its own, which ends with `withFolder` at the latest. */
export function startChild(
  url: URL,
  args: readonly string[] = [],
  options: ForkOptions = {},
): Child {
  const process = fork(fileURLToPath(url), args, { execArgv: [], ...options });
  noteStarted(process);
  return new Child(process);
}

type Handler = (...args: never[]) => unknown;

/** In the child: answers requests by name, one after the other as they come. */
export function answerParent(handlers: Readonly<Record<string, Handler>>): void {
  process.on(
    'message',
    async ({ id, request, args }: { id: number; request: string; args: [] }) => {
      const handler = handlers[request];
      try {
        if (handler === undefined) throw new Error(`no handler for '${request}'`);
        process.send?.({ id, result: await handler(...(args as never[])) });
      } catch (error) {
        const { message, code } = error as Error & { code?: string };
        process.send?.({ id, failure: { message, ...(code === undefined ? {} : { code }) } });
      }
    },
  );
  // The parent is gone: nobody is left to work for.
  process.on('disconnect', () => process.exit());
}
