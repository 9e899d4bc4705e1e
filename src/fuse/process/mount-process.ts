/** The process that serves a mount, as the program that mounts sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { decodeFailure } from '../../core/failure.js';
import { programPath } from '../../core/programs.js';
import type { Counts, FromServer, MountOrder, ToServer } from './protocol.js';

const STDERR_CHARACTERS_MAX = 2000;

/** How the process ended; without a failure the mount had ended before. */
export interface ProcessEnd {
  /** What it said of it; undefined when it said nothing. */
  readonly failure: unknown;
  readonly isRegular: boolean;
  /** For people: `exit code 1`, `SIGKILL`. */
  readonly how: string;
  /** What it wrote last to its standard error output, without blanks around it. */
  readonly said: string;
}

interface Listener {
  onWarning(message: string, detail: string): void;
}

interface Unrefable {
  ref(): void;
  unref(): void;
}

export class MountProcess {
  /** Resolves when the process has gone. */
  readonly ended: Promise<ProcessEnd>;
  /** Resolves with the number of threads that answer; rejects when there will be no mount. */
  readonly mounted: Promise<number>;
  counts: Counts = { requests: 0, errors: 0 };
  readonly #child: ChildProcess;
  readonly #stderr: Readable;
  readonly #listener: Listener;
  #onMounted: (threads: number) => void = () => undefined;
  #failure: unknown;
  #errorText = '';
  #hasEnded = false;

  constructor(order: MountOrder, listener: Listener) {
    this.#listener = listener;
    this.#child = fork(programPath('fuse/process/serving-process'), [], {
      serialization: 'advanced',
      // Not those of this process: a debugger's port, or text given with --eval, is not for two.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Within Electron its binary is to be Node.
      env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
      // Out of the terminal's group: this process decides what its signals mean. Nor does it keep the
      // directory in use that this one was started in.
      detached: true,
      cwd: '/',
    });
    this.#stderr = this.#child.stderr as Readable;
    this.#stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-STDERR_CHARACTERS_MAX);
    });
    this.#child.on('message', (message: FromServer) => this.#take(message));
    this.ended = this.#watch();
    this.mounted = new Promise((resolve, reject) => {
      this.#onMounted = resolve;
      void this.ended.then(({ failure, how }) => reject(failure ?? new Error(how)));
    });
    this.mounted.catch(() => undefined);
    this.#send({ kind: 'mount', order });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  #watch(): Promise<ProcessEnd> {
    return new Promise((resolve) => {
      const end = (how: string, isRegular: boolean): void => {
        this.#hasEnded = true;
        resolve({
          failure: this.#failure,
          isRegular: isRegular && this.#failure === undefined,
          how,
          said: this.#errorText.trim(),
        });
      };
      // `close` comes when all that it wrote has been read; `error` alone when it could not be started.
      this.#child.on('close', (code, signal) => {
        end(signal ?? `exit code ${code}`, code === 0);
      });
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) end(error.message, false);
      });
    });
  }

  #take(message: FromServer): void {
    switch (message.kind) {
      case 'mounted':
        this.#onMounted(message.threads);
        break;
      case 'failed':
        this.#failure = decodeFailure(message.failure);
        break;
      case 'counts':
        this.counts = message.counts;
        break;
      case 'warning':
        this.#listener.onWarning(message.message, message.detail);
        break;
    }
  }

  /** The mount has left the tree. */
  look(): void {
    this.#send({ kind: 'look' });
  }

  /** Has it end the mount, whoever uses it. */
  end(): void {
    this.#send({ kind: 'end' });
  }

  /** At once, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Who has gone needs to be told nothing. */
  #send(message: ToServer): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  ref(): void {
    for (const handle of this.#handles) handle?.ref?.();
  }

  unref(): void {
    for (const handle of this.#handles) handle?.unref?.();
  }

  get #handles(): readonly (Partial<Unrefable> | null | undefined)[] {
    if (this.#hasEnded) return [];
    return [this.#child, this.#child.channel, this.#stderr as Partial<Unrefable>];
  }
}
