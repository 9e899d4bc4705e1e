/**
 * Times of files to the nanosecond. Node (libuv) cuts what it sets to microseconds, so the rest is set
 * by a small program of an interpreter that nearly every system has; where there is none, times are
 * exact to the microsecond and the caller is told.
 *
 * The program runs beside the export and is fed through a pipe. It is started when the first time needs
 * it, never follows symbolic links, and its loss is harmless: the times are set by Node first.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Timestamp } from '../core/clock.js';

interface Interpreter {
  readonly command: string;
  readonly args: readonly string[];
}

const NS_PER_US = 1000;
const RECORDS_BYTES_MAX = 64 * 1024;

// Numbers of utimensat(2), which Perl has no function for.
const UTIMENSAT: Readonly<Record<string, number>> = {
  x64: 280,
  arm64: 88,
  riscv64: 88,
  ppc64: 304,
};

// A record is five fields, each closed by NUL: path, then seconds and nanoseconds of atime and mtime.
const PERL_PROGRAM = `
  $/ = "\\0"; my $failed = 0;
  while (defined(my $path = <STDIN>)) {
    my @t = map { my $f = <STDIN>; chop $f; $f + 0 } 1 .. 4; chop $path;
    my $times = pack("q4", @t);
    $failed = 1 if syscall(SYSCALL_NUMBER, -100, $path . "\\0", $times, 0x100) != 0;
  }
  exit $failed;`;

const PYTHON_PROGRAM = `
import os, sys
fields = iter(sys.stdin.buffer.read().split(b"\\0"))
failed = 0
for path in fields:
    if not path: break
    a, an, m, mn = (int(next(fields)) for _ in range(4))
    try: os.utime(path, ns=(a * 10**9 + an, m * 10**9 + mn), follow_symlinks=False)
    except OSError: failed = 1
sys.exit(failed)`;

function candidates(): readonly Interpreter[] {
  const number = process.platform === 'linux' ? UTIMENSAT[process.arch] : undefined;
  const perl = PERL_PROGRAM.replace('SYSCALL_NUMBER', String(number));
  return [
    ...(number === undefined ? [] : [{ command: 'perl', args: ['-e', perl] }]),
    { command: 'python3', args: ['-I', '-S', '-c', PYTHON_PROGRAM] },
  ];
}

/** Whether the interpreter runs here; an empty input changes nothing. */
function works({ command, args }: Interpreter): boolean {
  return spawnSync(command, args, { input: '', stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

export type ExactTimesOutcome = 'exact' | 'microseconds';

export class ExactTimes {
  #child: ChildProcess | undefined;
  #isMissing = false;
  #hasFailed = false;
  #records: string[] = [];
  #recordBytes = 0;
  #exit: Promise<unknown> | undefined;

  /** Whether Node alone cannot set these times. */
  static isNeeded(atime: Timestamp, mtime: Timestamp): boolean {
    return atime.nsec % NS_PER_US !== 0 || mtime.nsec % NS_PER_US !== 0;
  }

  /** Sets the times of what is at `path`, some time before `finish` resolves. */
  set(path: string, atime: Timestamp, mtime: Timestamp): void {
    if (this.#isMissing) return;
    const record = `${path}\0${atime.sec}\0${atime.nsec}\0${mtime.sec}\0${mtime.nsec}\0`;
    this.#records.push(record);
    this.#recordBytes += record.length;
    if (this.#recordBytes >= RECORDS_BYTES_MAX) this.#send();
  }

  #send(): void {
    this.#child ??= this.#start();
    const text = this.#records.join('');
    this.#records = [];
    this.#recordBytes = 0;
    this.#child?.stdin?.write(text);
  }

  #start(): ChildProcess | undefined {
    const interpreter = candidates().find(works);
    if (interpreter === undefined) {
      this.#isMissing = true;
      return undefined;
    }
    const { command, args } = interpreter;
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    this.#exit = once(child, 'exit').catch(() => [1]);
    child.stdin.on('error', () => {
      this.#hasFailed = true;
    });
    return child;
  }

  /** Resolves when the program can take more: it may be slower than the export. */
  async ready(): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin == null || !stdin.writableNeedDrain) return;
    await Promise.race([once(stdin, 'drain'), this.#exit]);
  }

  /** Waits until all times are set. */
  async finish(): Promise<ExactTimesOutcome> {
    if (this.#records.length > 0) this.#send();
    if (this.#isMissing) return 'microseconds';
    this.#child?.stdin?.end();
    const answer = (await this.#exit) as [number | null] | undefined;
    const isExact = answer === undefined || (answer[0] === 0 && !this.#hasFailed);
    return isExact ? 'exact' : 'microseconds';
  }
}

/** What to give Node's `utimes`, such that libuv arrives at the microsecond of `time`. */
export function secondsOf({ sec, nsec }: Timestamp): number | string {
  const ns = nsec - (nsec % NS_PER_US);
  // Half a microsecond away from zero, because a double is not exact and libuv truncates.
  const half = NS_PER_US / 2;
  // Node takes a negative number for "now", but not a string of one.
  return sec < 0 ? String(sec + (ns - half) / 1e9) : sec + (ns + half) / 1e9;
}
