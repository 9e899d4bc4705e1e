/** What is told of checkpoints: the last one, counters, and who keeps the log from being moved. */
import type { CheckpointMode, CheckpointResult } from '../sqlite/wal.js';
import type { GaugeName, WriterGauges } from './gauges.js';

export const CHECKPOINT_MODES = ['passive', 'full', 'restart', 'truncate'] as const;
const NAMES = {
  passive: 'Passive',
  full: 'Full',
  restart: 'Restart',
  truncate: 'Truncate',
} as const satisfies Record<CheckpointMode, string>;

export const CHECKPOINT_OUTCOMES = ['Ok', 'Busy', 'Failed'] as const;

type Outcome = (typeof CHECKPOINT_OUTCOMES)[number];

/** Name of the counter of checkpoints of a mode and a result. */
export function checkpointCounter(mode: CheckpointMode, outcome: Outcome): GaugeName {
  return `checkpoints${NAMES[mode]}${outcome}`;
}

/** Why the log cannot be moved, or written from its start again. */
export interface WalHold {
  /** Frames that have to stay. */
  readonly frames: number;
  /** Since when, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** A process that reads: another one before this one; null when it is not known. */
  readonly pid: number | null;
}

/** Who keeps the log from being moved, as the writer last saw it; undefined when nobody does. */
export function walHoldOf(gauges: WriterGauges): WalHold | undefined {
  const sinceMs = gauges.get('walHeldSinceMs');
  if (sinceMs === 0) return undefined;
  const pid = gauges.get('walHeldByPid');
  return { frames: gauges.get('walHeldFrames'), sinceMs, pid: pid === 0 ? null : pid };
}

export class CheckpointGauges {
  readonly #gauges: WriterGauges;

  constructor(gauges: WriterGauges) {
    this.#gauges = gauges;
  }

  state(frames: number, checkpointed: number): void {
    this.#gauges.set('walFrames', frames);
    this.#gauges.set('checkpointedFrames', checkpointed);
  }

  /** A checkpoint that ran; `isBusy`: somebody kept it from moving all that it should have. */
  done(mode: CheckpointMode, result: CheckpointResult, isBusy: boolean, durationMs: number): void {
    const before = this.#gauges.get('checkpointedFrames');
    // After a log has been cut off its length is 0: all that was left has been moved.
    const after =
      result.walFrames === 0 ? this.#gauges.get('walFrames') : result.checkpointedFrames;
    this.#gauges.set('checkpointMovedFrames', Math.max(0, after - before));
    this.#ended(mode, isBusy ? 'Busy' : 'Ok', durationMs);
    this.#gauges.add('checkpoints', 1);
    this.state(result.walFrames, result.checkpointedFrames);
  }

  failed(mode: CheckpointMode, durationMs: number): void {
    this.#gauges.add('checkpointFailures', 1);
    this.#gauges.set('checkpointMovedFrames', 0);
    this.#ended(mode, 'Failed', durationMs);
  }

  #ended(mode: CheckpointMode, outcome: Outcome, durationMs: number): void {
    this.#gauges.add(checkpointCounter(mode, outcome), 1);
    this.#gauges.set('checkpointMode', CHECKPOINT_MODES.indexOf(mode));
    this.#gauges.set('checkpointBusy', outcome === 'Busy' ? 1 : 0);
    this.#gauges.set('checkpointFailed', outcome === 'Failed' ? 1 : 0);
    this.#gauges.set('checkpointDurationMs', durationMs);
    this.#gauges.meters.observe('checkpointSeconds', durationMs / 1000);
    this.#gauges.set('checkpointEndedMs', Date.now());
  }

  held(frames: number, pid: number): void {
    if (this.#gauges.get('walHeldSinceMs') === 0) this.#gauges.set('walHeldSinceMs', Date.now());
    this.#gauges.set('walHeldFrames', frames);
    this.#gauges.set('walHeldByPid', pid);
  }

  get isHeld(): boolean {
    return this.#gauges.get('walHeldSinceMs') !== 0;
  }

  free(): void {
    this.#gauges.set('walHeldSinceMs', 0);
    this.#gauges.set('walHeldFrames', 0);
    this.#gauges.set('walHeldByPid', 0);
  }
}
