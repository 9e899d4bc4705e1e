/** Progress of long work on the standard error output, when that is a terminal. */
import type { SingleBar } from 'cli-progress';
import { humanBytes, humanCount, shownName } from './format.js';

export interface ProgressState {
  readonly done: number;
  readonly bytes?: number | undefined;
  /** What is being worked on. */
  readonly label: string;
}

export interface Progress {
  /** `total` may become known later. */
  setTotal(total: number): void;
  update(state: ProgressState): void;
  /** Clears the line. */
  stop(): void;
}

const SILENT: Progress = {
  setTotal: () => undefined,
  update: () => undefined,
  stop: () => undefined,
};

const UPDATES_PER_SECOND = 10;
const LABEL_MIN = 10;
const BAR_WIDTH = 24;

export type ProgressUnit = 'entries' | 'bytes' | 'steps' | 'pages';

/** A bar; silent unless a person looks at it. */
export async function startProgress(shown: boolean, unit: ProgressUnit): Promise<Progress> {
  if (!shown || !process.stderr.isTTY) return SILENT;
  // Loaded late: most commands need none.
  const { default: library } = await import('cli-progress');
  const bar = new library.SingleBar({
    stream: process.stderr,
    fps: UPDATES_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    gracefulExit: false,
    barsize: BAR_WIDTH,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    format: (options, params, payload) => line(options.barsize ?? 0, params, payload, unit),
  });
  return new TerminalProgress(bar, unit);
}

class TerminalProgress implements Progress {
  readonly #bar: SingleBar;
  readonly #unit: ProgressUnit;
  readonly #startedMs = Date.now();
  #total = 0;
  #isStarted = false;

  constructor(bar: SingleBar, unit: ProgressUnit) {
    this.#bar = bar;
    this.#unit = unit;
  }

  setTotal(total: number): void {
    this.#total = total;
    if (this.#isStarted) this.#bar.setTotal(total);
  }

  update({ done, bytes, label }: ProgressState): void {
    const payload = {
      bytes: this.#unit === 'bytes' ? done : bytes,
      label,
      startedMs: this.#startedMs,
    };
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#bar.start(this.#total, done, payload);
    } else this.#bar.update(done, payload);
  }

  stop(): void {
    if (this.#isStarted) this.#bar.stop();
  }
}

interface Params {
  readonly value: number;
  readonly total: number;
  readonly progress: number;
}

interface Payload {
  readonly bytes: number | undefined;
  readonly label: string;
  readonly startedMs: number;
}

/** `[####....] 43 %  2,950 of 6,830  96.1 MiB  80.2 MiB/s  /path` */
function line(width: number, params: Params, payload: Payload, unit: ProgressUnit): string {
  const parts: string[] = [];
  const { value, total } = params;
  if (total > 0) {
    const share = Math.min(1, value / total);
    const filled = Math.round(share * width);
    parts.push(`[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`);
    parts.push(`${String(Math.floor(share * 100)).padStart(3)} %`);
  }
  if (unit !== 'bytes') parts.push(amount(value, total));
  if (payload.bytes !== undefined) {
    const seconds = Math.max(0.001, (Date.now() - payload.startedMs) / 1000);
    parts.push(humanBytes(payload.bytes), `${humanBytes(payload.bytes / seconds)}/s`);
  }
  const text = parts.join('  ');
  return `${text}  ${fitted(shownName(payload.label), text.length + 2)}`;
}

function amount(value: number, total: number): string {
  return total > 0 ? `${humanCount(value)} of ${humanCount(total)}` : humanCount(value);
}

/** The end of a label tells more than its beginning. */
function fitted(label: string, used: number): string {
  const room = Math.max(LABEL_MIN, (process.stderr.columns ?? 80) - used - 1);
  return label.length <= room ? label : `...${label.slice(3 - room)}`;
}
