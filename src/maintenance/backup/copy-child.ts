/** The parent's side of `copy-process.ts`. */
import { type ChildProcess, fork } from 'node:child_process';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { decodeFailure } from '../../core/failure.js';
import { programPath } from '../../core/programs.js';
import type { Message, OrderKind, Orders, Report } from './copy-process.js';

const STDERR_MAX = 2000;

interface Waiting {
  readonly onReport: (report: Report) => void;
  settle(answer: unknown): void;
  reject(error: unknown): void;
}

export class CopyChild {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #waiting: Waiting | undefined;
  /** Why there is no answer to expect any more. */
  #over: unknown;
  #stderr = '';

  /** Starts the process. `signal` ends it, and what is asked of it rejects with an AbortError. */
  constructor(signal?: AbortSignal) {
    this.#process = fork(programPath('maintenance/backup/copy-process'), [], {
      execArgv: [],
      // Standard output is the program's own. Within Electron its binary is to be Node.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
      serialization: 'advanced',
    });
    this.#process.on('message', (message: Message) => this.#hear(message));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_MAX);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', (error) => {
        this.#giveUp(lost(error.message, error));
        resolve();
      });
      this.#process.on('close', (code, killedBy) => {
        this.#giveUp(lost(`it ended with ${killedBy ?? code} ${this.#stderr.trim()}`));
        resolve();
      });
    });
    this.#signal = signal;
    this.#onAbort = () => this.#kill(new AbortError(signal?.reason));
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /** One order at a time. An error thrown by `onReport` ends the process and rejects. */
  ask<K extends OrderKind>(
    kind: K,
    job: Orders[K]['job'],
    onReport: (report: Report) => void = () => undefined,
  ): Promise<Orders[K]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      const settle = resolve as (answer: unknown) => void;
      this.#waiting = { onReport, settle, reject };
      this.#process.send({ kind, job }, (error) => {
        if (error !== null) this.#giveUp(lost(error.message, error));
      });
    });
  }

  #hear(message: Message): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if ('report' in message) {
      try {
        waiting.onReport(message.report);
      } catch (error) {
        this.#kill(error);
      }
      return;
    }
    this.#waiting = undefined;
    if ('failed' in message) waiting.reject(decodeFailure(message.failed));
    else waiting.settle(message.answer);
  }

  #giveUp(reason: unknown): void {
    this.#over ??= reason;
    this.#waiting?.reject(this.#over);
    this.#waiting = undefined;
  }

  #kill(reason: unknown): void {
    this.#giveUp(reason);
    this.#process.kill('SIGKILL');
  }

  /** Ends the process at once, whatever it does; resolves when it is gone. */
  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#kill(lost('it was ended'));
    await this.#ended;
  }
}

function lost(reason: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_IO', `The process that copies has gone: ${reason}`, {
    cause,
    hint: 'Try again; what was there is untouched.',
  });
}
