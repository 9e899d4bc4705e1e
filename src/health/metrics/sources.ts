/** Whence metrics are read when somebody scrapes. */
import type { IntervalHistogram } from 'node:perf_hooks';
import type { ProgressBoard } from '../../core/progress-board.js';
import type { FactSources, HealthFacts } from '../facts.js';
import type { Health } from '../health.js';
import type { HealthSources } from '../sources.js';

/** What the header of the database says. */
export interface StorageFacts {
  readonly databaseBytes: number;
  readonly pageSizeBytes: number;
  readonly freePages: number;
}

export interface MetricsSources extends FactSources {
  readonly progress: ProgressBoard;
  /** Threads that have the volume open. */
  readonly threadCount: () => number;
  /** Undefined when the volume is closed. */
  readonly storage: () => StorageFacts | undefined;
  readonly health: () => Health;
  readonly told: () => HealthSources;
  /** The facts of this scrape: all families show the same moment. */
  readonly facts: () => HealthFacts;
  /** Of this thread, since the last scrape. */
  readonly eventLoop: IntervalHistogram;
}
