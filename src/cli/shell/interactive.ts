/**
 * The shell at a terminal. Lines are taken one after the other; while a query runs, Ctrl-C ends it, and
 * Ctrl-D ends it and the shell.
 */
import { createInterface, type Interface } from 'node:readline';
import { describeFailure } from '../failure.js';
import { complete } from './completion.js';
import { historyPath, readHistory, writeHistory } from './history.js';
import type { ShellSession } from './session.js';

const PROMPT = 'cabinet> ';
const CONTINUED = '    ...> ';
const HISTORY_LINES_MAX = 1000;

export async function runInteractive(session: ShellSession, greeting: string): Promise<void> {
  const path = historyPath();
  const terminal = new Terminal(session, readHistory(path));
  await session.output.write(greeting);
  await terminal.run();
  if (path === undefined) return;
  try {
    writeHistory(path, terminal.history);
  } catch (error) {
    session.output.note(`The history cannot be kept: ${(error as Error).message}`);
  }
}

class Terminal {
  history: readonly string[];
  readonly #session: ShellSession;
  readonly #readline: Interface;
  readonly #lines: string[] = [];
  /** Ends what is running. */
  #running: AbortController | undefined;
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(session: ShellSession, history: readonly string[]) {
    this.#session = session;
    this.history = history;
    this.#readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      completer: complete,
      history: [...history],
      historySize: HISTORY_LINES_MAX,
      removeHistoryDuplicates: true,
    });
    this.#readline.on('history', (lines) => {
      this.history = [...lines];
    });
    this.#readline.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#readline.on('SIGINT', () => this.#interrupt());
    this.#readline.on('close', () => {
      this.#isClosed = true;
      this.#running?.abort();
      this.#wake();
    });
  }

  async run(): Promise<void> {
    for (;;) {
      const line = await this.#nextLine();
      if (line === undefined) break;
      await this.#take(line);
      if (this.#session.isEnded) break;
    }
    this.#readline.close();
  }

  /** The next line; undefined when there will be none. */
  async #nextLine(): Promise<string | undefined> {
    if (this.#lines.length === 0) this.#prompt();
    while (this.#lines.length === 0) {
      if (this.#isClosed) {
        // Ctrl-D leaves the cursor behind the prompt.
        process.stdout.write('\n');
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  #prompt(): void {
    this.#readline.setPrompt(this.#session.isInStatement ? CONTINUED : PROMPT);
    if (!this.#isClosed) this.#readline.prompt();
  }

  async #take(line: string): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    try {
      await this.#session.takeLine(line, running.signal);
    } catch (error) {
      this.#session.discard();
      tell(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** Ctrl-C: ends the query, or forgets what was typed. */
  #interrupt(): void {
    if (this.#running !== undefined) {
      this.#running.abort();
      return;
    }
    process.stdout.write('^C\n');
    this.#session.discard();
    // Lets readline forget the line that is being typed.
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#prompt();
  }
}

function tell(error: unknown): void {
  const { message, hint } = describeFailure(error);
  process.stderr.write(hint === undefined ? `${message}\n` : `${message}\n${hint}\n`);
}
