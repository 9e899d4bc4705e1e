/** A process of its own that locks files: `lock-agent.py`, a call at a time. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { projectPath } from '../../support/project.js';

export const SH = 1;
export const EX = 2;
export const NB = 4;
export const UN = 8;

export class Locker implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: ((answer: unknown) => void)[] = [];

  constructor(dir: string) {
    this.#child = spawn('python3', [projectPath('test/fuse/semantics/lock-agent.py')], {
      cwd: dir,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.pid = this.#child.pid ?? 0;
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.((JSON.parse(line) as { answer: unknown }).answer);
    });
  }

  /** Null for done, the name of an errno, or what the call answers. */
  ask(call: string, ...args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${JSON.stringify([call, ...args])}\n`);
    });
  }

  interrupt(): void {
    this.#child.kill('SIGUSR1');
  }

  /** Ends it however it is; resolves when it has gone. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await gone;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
