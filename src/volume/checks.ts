/** Checks of a volume: those that are asked for, and those that it makes by itself. Both are remembered. */
import type { ResolvedOptions } from '../core/options.js';
import { type CheckTarget, checkVolume } from '../maintenance/check/check-volume.js';
import type { CheckOptions, CheckResult } from '../maintenance/check/problem.js';
import { type IntegrityState, IntegrityWatch } from '../maintenance/integrity/integrity-watch.js';
import { type CheckCause, recordOf } from '../maintenance/integrity/record-check.js';
import type { ReaderPool } from '../readers/pool.js';
import type { ReaderThreads } from '../readers/threads.js';
import { uncleanSinceMs } from '../store/meta-table.js';
import type { Observation } from './observation.js';
import type { Origin } from './origin.js';

export interface ChecksEnvironment {
  readonly origin: Origin;
  readonly options: ResolvedOptions;
  readonly pool: ReaderPool;
  readonly threads: ReaderThreads;
  readonly observation: Observation;
}

const WITHOUT_REST = 100;
const RECORDS_LOOKED_AT = 64;

export class Checks {
  readonly #environment: ChecksEnvironment;
  readonly #watch: IntegrityWatch | undefined;

  constructor(environment: ChecksEnvironment) {
    this.#environment = environment;
    this.#watch = this.#createWatch();
  }

  /** Only where the volume was opened, and can be written. */
  #createWatch(): IntegrityWatch | undefined {
    const { origin, options, pool } = this.#environment;
    if (origin.writer === undefined || origin.migrations === undefined) return undefined;
    const { integrity } = options;
    return new IntegrityWatch({
      options: integrity,
      check: (content, by, signal) => this.#run(by, integrity.sharePercent, { content, signal }),
      checks: () => pool.read(({ maintenance }) => maintenance.list(RECORDS_LOOKED_AT, 'check')),
      uncleanSinceMs: () => pool.read(({ connection }) => uncleanSinceMs(connection)),
    });
  }

  /** What the volume checks by itself; undefined where it does not. */
  get state(): IntegrityState | undefined {
    return this.#watch?.state;
  }

  /** A check that somebody asks for. */
  run(options?: CheckOptions): Promise<CheckResult> {
    return this.#run('call', WITHOUT_REST, options);
  }

  async #run(by: CheckCause, sharePercent: number, options?: CheckOptions): Promise<CheckResult> {
    const { origin, options: opened, threads, observation } = this.#environment;
    const writer = origin.writer?.client;
    const target: CheckTarget = {
      path: origin.path,
      busyTimeoutMs: opened.busyTimeoutMs,
      threads,
      writer,
      pace: { sharePercent, viewAgeMaxMs: opened.snapshotAgeMaxMs },
    };
    const startedMs = Date.now();
    const result = await observation.withProgress('check', (report) =>
      checkVolume(target, reportingTo(report, options)),
    );
    await writer
      ?.control({ type: 'record', entry: recordOf(result, startedMs, by) })
      // The answer counts more than the note of it: a disk may be full, or the volume closing.
      .catch(() => undefined);
    return result;
  }

  /** Ends a check that runs by itself. */
  close(): void {
    this.#watch?.close();
  }
}

/** The options of a check, with a listener that tells the board of progress, too. */
function reportingTo(
  report: (done: number, total: number) => void,
  options: CheckOptions | undefined,
): CheckOptions | undefined {
  const onProgress = options?.onProgress;
  // What is wrong with the options is for the check to say.
  const isFunction = onProgress === undefined || typeof onProgress === 'function';
  if (options === null || typeof (options ?? {}) !== 'object' || !isFunction) return options;
  return {
    ...options,
    onProgress: (progress) => {
      report(progress.done, progress.total);
      onProgress?.(progress);
    },
  };
}
