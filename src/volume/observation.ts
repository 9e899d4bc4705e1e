/**
 * How a volume is watched over: its health, its metrics, and the progress of long work. What they are read
 * from is shared by all threads of the volume; the timer and the Registry are this thread's.
 */
import type { Registry } from 'prom-client';
import type { ResolvedOptions } from '../core/options.js';
import type { ProgressKind, ProgressReport } from '../core/progress-board.js';
import type { FactSources, VolumeLife } from '../health/facts.js';
import type { Health } from '../health/health.js';
import { createMetrics, type VolumeMetrics } from '../health/metrics/registry.js';
import type { StorageFacts } from '../health/metrics/sources.js';
import { HealthMonitor } from '../health/monitor.js';
import { withProgress } from '../health/progress.js';
import type { ArchiveStatus, HealthSources } from '../health/sources.js';
import type { Archiver } from '../maintenance/archive/archiver.js';
import { readStorage } from '../maintenance/stats/volume-stats.js';
import type { ReaderPool } from '../readers/pool.js';
import type { Origin } from './origin.js';

export interface ObservationTarget {
  readonly origin: Origin;
  readonly options: ResolvedOptions;
  readonly pool: ReaderPool;
  readonly life: () => VolumeLife;
}

export class Observation {
  readonly #target: ObservationTarget;
  readonly #from: FactSources;
  readonly #monitor: HealthMonitor;
  #metrics: VolumeMetrics | undefined;
  #isClosed = false;

  constructor(target: ObservationTarget) {
    const { origin, options, life } = target;
    const { path, boards, writer, isHome } = origin;
    this.#target = target;
    this.#from = {
      path,
      options,
      threads: boards.threads,
      records: boards.records,
      memory: boards.health,
      writer: writer && { gauges: writer.gauges, isLost: () => writer.client.hasEnded },
      life,
    };
    this.#monitor = new HealthMonitor(this.#from);
    const { archive } = origin;
    if (archive !== undefined) this.connect({ archive: () => archiveStatus(archive) });
    // Where there is no writer thread, nobody else keeps the records up to date.
    if (isHome) this.#monitor.start(writer === undefined ? () => this.#readRecords() : undefined);
  }

  #readRecords(): void {
    const { pool, origin } = this.#target;
    try {
      pool.read((store) => origin.boards.records.load(store.maintenance));
    } catch {
      // What keeps reads from working shows in reads. The last that was read stays, and its age grows.
    }
  }

  /** Constant time; does not throw. */
  health(): Health {
    return this.#monitor.read();
  }

  /** What the archive and the schedule of backups know, when they begin. */
  connect(sources: HealthSources): void {
    this.#monitor.connect(sources);
  }

  get metrics(): Registry {
    if (this.#metrics === undefined) {
      const { origin } = this.#target;
      this.#metrics = createMetrics({
        ...this.#from,
        progress: origin.boards.progress,
        threadCount: () => Atomics.load(origin.state.threads, 0),
        storage: () => this.#storage(),
        health: () => this.health(),
        told: () => this.#monitor.told,
      });
      if (this.#isClosed) this.#metrics.close();
    }
    return this.#metrics.registry;
  }

  /** A scrape shows what it can, also when the database cannot be read. */
  #storage(): StorageFacts | undefined {
    const { pool } = this.#target;
    if (pool.isClosed) return undefined;
    try {
      return readStorage(pool);
    } catch {
      return undefined;
    }
  }

  /** Runs long work whose progress is to be seen in the metrics. */
  withProgress<T>(
    kind: ProgressKind,
    work: (report: ProgressReport['report']) => Promise<T>,
  ): Promise<T> {
    return withProgress(this.#target.origin.boards.progress, kind, work);
  }

  close(): void {
    this.#isClosed = true;
    this.#monitor.stop();
    this.#metrics?.close();
  }
}

function archiveStatus({ status }: Archiver): ArchiveStatus {
  const { lastAtMs, lagMs, failure } = status;
  return { lastShippedMs: lastAtMs, lagMs, error: failure?.message };
}
