/**
 * Who has a file open, or keeps a mount busy: looked for in all processes that this user may look into, by a
 * process of its own. A look into one that the kernel is starting or ending may take for ever, for example
 * when it is on a mount that does not answer, and nothing can take it back. Then that process is noted as
 * silent, the searcher is left behind, and another one goes on with the next process.
 *
 * What the searcher prints: `at <pid>` before it looks into a process, `found <a Found>`, and `end`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programPath } from '../../core/programs.js';

/** A file that has, or had, this name. */
export interface WantedFile {
  readonly kind: 'file';
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

export interface WantedMount {
  readonly kind: 'mount';
  readonly id: number;
  /** `major:minor` */
  readonly device: string;
  readonly dir: string;
}

export type Wanted = WantedFile | WantedMount;

export interface Found {
  readonly pid: number;
  /** Name of the program, at most 15 bytes. */
  readonly program: string;
  /** How many descriptors it has of the file; 0 where a mount was looked for. */
  readonly descriptors: number;
}

export interface Search {
  readonly found: readonly Found[];
  /** Processes that could not be looked into in time. */
  readonly silent: readonly number[];
  /** All others have been looked into. */
  readonly isComplete: boolean;
}

export interface SearchLimits {
  /** For all of it, in milliseconds. */
  readonly deadlineMs?: number;
  /** For the first process that is silent; later ones get a quarter. */
  readonly stallMs?: number;
  /** Where the system tells of its processes. */
  readonly proc?: string;
}

/** What a searcher is told. */
export interface SearchOrder {
  readonly wanted: Wanted;
  readonly proc: string;
  /** Processes up to this one are done. */
  readonly after: number;
}

export const DEADLINE_MS = 15_000;
const STALL_MS = 2000;

export async function searchProcesses(wanted: Wanted, limits: SearchLimits = {}): Promise<Search> {
  const { deadlineMs = DEADLINE_MS, stallMs = STALL_MS, proc = '/proc' } = limits;
  const untilMs = performance.now() + deadlineMs;
  const found: Found[] = [];
  const silent: number[] = [];
  for (;;) {
    const order = { wanted, proc, after: silent.at(-1) ?? 0 };
    const look = await new Searcher(order, found, untilMs).run(
      silent.length === 0 ? stallMs : stallMs / 4,
    );
    if (look.hasEnded) return { found, silent, isComplete: true };
    if (look.at !== undefined) silent.push(look.at);
    if (look.at === undefined || performance.now() >= untilMs) {
      return { found, silent, isComplete: false };
    }
  }
}

interface Look {
  readonly hasEnded: boolean;
  /** The process that was being looked into last. */
  readonly at: number | undefined;
}

/** One process that looks, until it has ended, is stuck, or fails. */
class Searcher {
  readonly #order: SearchOrder;
  readonly #found: Found[];
  readonly #untilMs: number;
  #at: number | undefined;
  #hasEnded = false;

  constructor(order: SearchOrder, found: Found[], untilMs: number) {
    this.#order = order;
    this.#found = found;
    this.#untilMs = untilMs;
  }

  run(stallMs: number): Promise<Look> {
    return new Promise((resolve) => {
      const child = spawn(
        process.execPath,
        [programPath('maintenance/processes/search-child'), JSON.stringify(this.#order)],
        {
          // Not the directory of this process, which may be in the mount.
          cwd: '/',
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      const finish = (): void => {
        clearTimeout(timer);
        leaveBehind(child);
        resolve({ hasEnded: this.#hasEnded, at: this.#at });
      };
      // Starting may take long on a machine that is busy, and is no sign of anything.
      let timer = setTimeout(finish, this.#leftMs());
      child.on('error', finish);
      child.on('close', finish);
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#note(line);
        clearTimeout(timer);
        timer = setTimeout(finish, Math.min(stallMs, this.#leftMs()));
        if (this.#hasEnded) finish();
      });
    });
  }

  #leftMs(): number {
    return Math.max(this.#untilMs - performance.now(), 0);
  }

  #note(line: string): void {
    const [word, rest = ''] = splitAtBlank(line);
    if (word === 'at') this.#at = Number(rest);
    else if (word === 'found') this.#found.push(JSON.parse(rest) as Found);
    else if (word === 'end') this.#hasEnded = true;
  }
}

function splitAtBlank(line: string): [string, string] {
  const blank = line.indexOf(' ');
  return blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)];
}

/** It may be stuck in the kernel, where a signal does not reach it: nobody waits for it. */
function leaveBehind(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.unref();
  child.stdout?.destroy();
}
