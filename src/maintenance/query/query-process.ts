/**
 * One process that runs queries, seen from the one that asks.
 *
 *   starting ──ready──▶ idle ◀──────▶ busy ──▶ ended     (from every state, by its own or by `end`)
 *
 * It is ended with SIGKILL, by its own id, whatever it does: it has the file open for reading only, and
 * the system takes its locks away.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { VolumeError } from '../../core/errors.js';
import { decodeFailure } from '../../core/failure.js';
import { programPath } from '../../core/programs.js';
import { OUT_OF_MEMORY, type QueryReply, type QueryRequest, type QueryValue } from './protocol.js';

export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly QueryValue[])[];
  readonly truncated: boolean;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

const STDERR_CHARACTERS_MAX = 2000;
/** A process that is not ready by then never will be, in milliseconds. */
const START_LIMIT_MS = 30_000;

export class QueryProcess {
  /** Resolves when the process has gone. */
  readonly ended: Promise<void>;
  /** Resolves when it may be asked; rejects with ERR_QUERY_FAILED. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #stderr: Readable;
  #starting: Waiter<void> | undefined;
  #asking: Waiter<QueryAnswer> | undefined;
  #rows: (readonly QueryValue[])[] = [];
  #errorText = '';
  #hasEnded = false;
  #isEnding = false;

  constructor() {
    this.#child = fork(programPath('maintenance/query/child'), [], {
      serialization: 'advanced',
      // Not those of this process: a debugger's port, or text given with --eval, is not for two.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#stderr = this.#child.stderr as Readable;
    this.#stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-STDERR_CHARACTERS_MAX);
    });
    this.#child.on('message', (reply: QueryReply) => this.#take(reply));
    this.ended = new Promise((resolve) => {
      const onEnd = (cause?: Error): void => {
        this.#fail(cause);
        resolve();
      };
      // `close` comes when all that it wrote has been read; `error` alone when it could not be started.
      this.#child.on('close', () => onEnd());
      this.#child.on('error', onEnd);
    });
    this.ready = this.#start();
    // Told to whoever asks for it.
    this.ready.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It has ended or is about to: not to be asked again. */
  get isEnding(): boolean {
    return this.#isEnding || this.#hasEnded;
  }

  async #start(): Promise<void> {
    const timer = setTimeout(() => this.end(), START_LIMIT_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#starting = { resolve, reject };
      });
    } finally {
      clearTimeout(timer);
      this.#keepsAlive(false);
    }
  }

  /** Runs a query. Rejects with its `VolumeError`, or ERR_QUERY_FAILED when the process ends. */
  async run(request: QueryRequest): Promise<QueryAnswer> {
    this.#keepsAlive(true);
    try {
      return await new Promise<QueryAnswer>((resolve, reject) => {
        this.#asking = { resolve, reject };
        this.#child.send(request, (error) => {
          if (error !== null) this.#fail(error);
        });
      });
    } finally {
      this.#asking = undefined;
      this.#rows = [];
      this.#keepsAlive(false);
    }
  }

  /** Ends it at once. Who waits for it to start or to answer is rejected with `reason`. */
  end(reason?: unknown): Promise<void> {
    this.#isEnding = true;
    if (reason !== undefined) {
      this.#starting?.reject(reason);
      this.#asking?.reject(reason);
    }
    // Somebody may wait for the end, and nothing else keep the program going.
    this.#keepsAlive(true);
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** Whether this program goes on only because of the process. */
  #keepsAlive(keeps: boolean): void {
    if (this.#hasEnded) return;
    const handles = [this.#child, this.#child.channel, this.#stderr as Partial<Unrefable>];
    for (const handle of handles) keeps ? handle?.ref?.() : handle?.unref?.();
  }

  #take(reply: QueryReply): void {
    switch (reply.kind) {
      case 'ready':
        this.#starting?.resolve();
        return;
      case 'rows':
        for (const row of reply.rows) this.#rows.push(row);
        return;
      case 'done': {
        const { columns, truncated } = reply;
        this.#asking?.resolve({ columns, truncated, rows: this.#rows });
        return;
      }
      case 'failed':
        this.#asking?.reject(decodeFailure(reply.failure));
    }
  }

  #fail(cause: Error | undefined): void {
    this.#hasEnded = true;
    const error = this.#endingError(cause);
    this.#starting?.reject(error);
    this.#asking?.reject(error);
  }

  #endingError(cause: Error | undefined): VolumeError {
    if (this.#errorText.includes(OUT_OF_MEMORY)) {
      return new VolumeError('ERR_QUERY_TOO_BIG', 'The query took more memory than it may.', {
        hint: 'Sort and group less at a time; leave out columns that are not needed.',
      });
    }
    const { exitCode, signalCode } = this.#child;
    const how = cause?.message ?? lastError(this.#errorText);
    const what = `The process that runs queries has ended (${signalCode ?? exitCode ?? 'not started'})`;
    return new VolumeError('ERR_QUERY_FAILED', how === '' ? `${what}.` : `${what}: ${how}.`, {
      ...(cause === undefined ? {} : { cause }),
      hint: 'Try again; look whether this user may start processes and whether memory is left.',
    });
  }
}

/** The line of an uncaught error that says what it is. */
function lastError(text: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
}

interface Unrefable {
  ref(): void;
  unref(): void;
}
