/**
 * The last minutes of a volume, kept by the server so that the charts of the page have a past when it is
 * opened: a sample each two seconds, and the newest records of maintenance.
 *
 * What takes SQL (a few rows by key) happens here, on a timer, and never in a request.
 */
import type { MaintenanceRecord, ServedCounters, ServedVolume } from './served-volume.js';
import type { Figures, Sample } from './status-document.js';

export const SAMPLE_INTERVAL_MS = 2000;
export const HISTORY_MS: number = 10 * 60 * 1000;
const SAMPLES_MAX = HISTORY_MS / SAMPLE_INTERVAL_MS;
const RECORDS_MAX = 20;
/** Records are read again after this time, in milliseconds. */
const RECORDS_AGE_MS = 4000;

/** Growing numbers that rates are made of. */
interface Totals {
  readonly monotonicMs: number;
  readonly commits: number;
  readonly commitSeconds: number;
  readonly operations: number;
}

type Source = Pick<ServedVolume, 'counters' | 'health' | 'records'>;

export class History {
  readonly #volume: Source;
  readonly #samples: Sample[] = [];
  #figures: Figures | null = null;
  #records: readonly MaintenanceRecord[] = [];
  #recordsReadMs = Number.NEGATIVE_INFINITY;
  #totals: Totals | undefined;
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(volume: Source) {
    this.#volume = volume;
  }

  get figures(): Figures | null {
    return this.#figures;
  }

  get records(): readonly MaintenanceRecord[] {
    return this.#records;
  }

  /** Samples after the one with that number, oldest first. */
  samplesAfter(number: number): readonly Sample[] {
    // A number that was never given out is from another server's life: the asker has nothing of this one.
    if (number > this.#taken) return [...this.#samples];
    const missing = Math.min(this.#taken - number, this.#samples.length);
    return missing > 0 ? this.#samples.slice(-missing) : [];
  }

  start(): void {
    this.take();
    // It must not keep a process alive that has nothing else to do.
    this.#timer = setInterval(() => this.take(), SAMPLE_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Adds a sample of this moment. */
  take(atMs: number = Date.now(), monotonicMs: number = performance.now()): void {
    this.#taken += 1;
    this.#samples.push({ number: this.#taken, atMs, ...this.#look(monotonicMs) });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    if (monotonicMs - this.#recordsReadMs >= RECORDS_AGE_MS) this.#readRecords(monotonicMs);
  }

  /** A volume that cannot be looked at leaves a gap in the charts; why is what health says. */
  #look(monotonicMs: number): Readings {
    let counters: ServedCounters;
    try {
      counters = this.#volume.counters();
    } catch {
      this.#totals = undefined;
      return NO_READINGS;
    }
    const before = this.#totals;
    this.#totals = totalsOf(counters, monotonicMs);
    this.#figures = figuresOf(counters);
    return {
      queueDepth: this.#queueDepth(),
      walBytes: counters.walBytes,
      ...ratesBetween(before, this.#totals),
    };
  }

  /** Health counts the queues of all threads. */
  #queueDepth(): number | null {
    const { value } = this.#volume.health().checks.queueDepth;
    return typeof value === 'number' ? value : null;
  }

  /** What was read last stays when reading fails. */
  #readRecords(monotonicMs: number): void {
    try {
      this.#records = this.#volume.records(undefined, RECORDS_MAX).map(withoutNames);
      this.#recordsReadMs = monotonicMs;
    } catch {
      // The next sample tries again; health says what is wrong with the volume.
    }
  }
}

/** Which files a check has found damaged is for who may read the volume: `cabinet check` tells it. */
function withoutNames(record: MaintenanceRecord): MaintenanceRecord {
  const { problems: _, ...detail } = record.detail;
  return { ...record, detail };
}

type Rates = Pick<Sample, 'commitMs' | 'commitsPerSecond' | 'operationsPerSecond'>;
const NO_RATES: Rates = { commitMs: null, commitsPerSecond: null, operationsPerSecond: null };

type Readings = Omit<Sample, 'number' | 'atMs'>;
const NO_READINGS: Readings = {
  queueDepth: null,
  walBytes: null,
  ...NO_RATES,
};

function totalsOf({ writer, commits }: ServedCounters, monotonicMs: number): Totals | undefined {
  if (writer === null || commits === null) return undefined;
  const { count, seconds } = commits;
  return { monotonicMs, commits: count, commitSeconds: seconds, operations: writer.commands };
}

function figuresOf(counters: ServedCounters): Figures {
  const { databaseBytes, walBytes, freePages, pageSizeBytes, writer } = counters;
  return {
    databaseBytes,
    walBytes,
    freeBytes: freePages * pageSizeBytes,
    checkpointEndedMs: writer?.checkpointEndedMs ?? null,
    unsyncedCommits: writer?.unsyncedCommits ?? null,
  };
}

function ratesBetween(before: Totals | undefined, after: Totals | undefined): Rates {
  if (before === undefined || after === undefined) return NO_RATES;
  const seconds = (after.monotonicMs - before.monotonicMs) / 1000;
  const commits = after.commits - before.commits;
  // A writer that was started anew counts from 0 again.
  if (seconds <= 0 || commits < 0) return NO_RATES;
  return {
    commitMs:
      commits === 0
        ? null
        : rounded(((after.commitSeconds - before.commitSeconds) * 1000) / commits),
    commitsPerSecond: rounded(commits / seconds),
    operationsPerSecond: rounded((after.operations - before.operations) / seconds),
  };
}

/** Three digits after the point are enough for any chart. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
