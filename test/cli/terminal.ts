/** A program at a pseudo-terminal, by means of `script` from util-linux, and somebody who types. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { until } from '../support/until.js';

/** Whether this system has a `script` that takes a command. */
export const HAS_TERMINAL: boolean =
  process.platform === 'linux' && spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

export class Terminal {
  /** Resolves with the status of the program. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #shown = '';
  /** Up to where `sees` has looked. */
  #at = 0;

  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    const line = `stty cols 100 rows 40; ${command.map((word) => `'${word}'`).join(' ')}`;
    this.#child = spawn('script', ['-qec', line, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  /** Everything that was shown so far. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until `text` is shown, behind what was waited for before. */
  async sees(text: string): Promise<void> {
    await until(`'${text}' on the terminal`, () => this.#shown.indexOf(text, this.#at) >= 0);
    this.#at = this.#shown.indexOf(text, this.#at) + text.length;
  }
}
