/** Notes how checkpoints end: in gauges and meters, for health and metrics. Writer thread only. */
import { performance } from 'node:perf_hooks';
import type { Durability } from '../core/options.js';
import type { CheckpointMode, CheckpointResult } from '../sqlite/wal.js';
import type { WriterGauges } from './gauges.js';
import { CHECKPOINT_MODES, CHECKPOINT_RESULTS, type CheckpointOutcome } from './meters.js';

/** A checkpoint under way. */
export interface CheckpointRun {
  done(result: CheckpointResult): void;
  failed(): void;
}

export class CheckpointLog {
  readonly #gauges: WriterGauges;
  readonly #syncs: boolean;

  constructor(gauges: WriterGauges, durability: Durability) {
    this.#gauges = gauges;
    this.#syncs = durability !== 'off';
  }

  begin(mode: CheckpointMode): CheckpointRun {
    const gauges = this.#gauges;
    const startedMs = performance.now();
    const loggedBytes = gauges.get('loggedBytes');
    const movedBefore = gauges.get('checkpointedFrames');
    return {
      done: (result) => {
        const { walFrames, checkpointedFrames } = result;
        gauges.set('walFrames', walFrames);
        gauges.set('checkpointedFrames', checkpointedFrames);
        // SQLite syncs the log before it moves the first frame (D12).
        const isSynced = checkpointedFrames === walFrames || checkpointedFrames > movedBefore;
        if (this.#syncs && isSynced) gauges.raise('syncedBytes', loggedBytes);
        this.#note(mode, outcomeOf(result), startedMs);
      },
      failed: () => this.#note(mode, 'failed', startedMs),
    };
  }

  #note(mode: CheckpointMode, outcome: CheckpointOutcome, startedMs: number): void {
    const gauges = this.#gauges;
    gauges.add('checkpoints', 1);
    gauges.meters.countCheckpoint(mode, outcome);
    gauges.meters.observe('checkpointSeconds', (performance.now() - startedMs) / 1000);
    gauges.set('checkpointMode', CHECKPOINT_MODES.indexOf(mode));
    gauges.set('checkpointOutcome', CHECKPOINT_RESULTS.indexOf(outcome));
    gauges.set('checkpointEndedMs', Date.now());
    if (outcome === 'done') gauges.set('checkpointStuckSinceMs', 0);
    else if (gauges.get('checkpointStuckSinceMs') === 0) {
      gauges.set('checkpointStuckSinceMs', Date.now());
    }
  }
}

function outcomeOf({ busy, walFrames, checkpointedFrames }: CheckpointResult): CheckpointOutcome {
  if (busy) return 'busy';
  return checkpointedFrames < walFrames ? 'partial' : 'done';
}
