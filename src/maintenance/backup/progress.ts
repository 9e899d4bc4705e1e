/** From parts that are done to what a person wants to know: speed and rest. */
import type { BackupProgress } from './backup-options.js';
import type { Report } from './copy-process.js';

export class ProgressTeller {
  readonly #onProgress: ((progress: BackupProgress) => void) | undefined;
  #pagesTotal = 0;
  #pageSizeBytes = 0;
  #phase: BackupProgress['phase'] = 'copy';
  #startedMs = performance.now();

  constructor(onProgress: ((progress: BackupProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** What is copied is known now. */
  begin(pagesTotal: number, pageSizeBytes: number): void {
    this.#pagesTotal = pagesTotal;
    this.#pageSizeBytes = pageSizeBytes;
    this.enter('copy');
  }

  enter(phase: BackupProgress['phase']): void {
    this.#phase = phase;
    this.#startedMs = performance.now();
    this.tell({ done: 0, total: this.#pagesTotal });
  }

  /** `done` of `total` parts of the phase, in whatever unit. */
  tell({ done, total }: Report): void {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const pagesDone = Math.round(share * this.#pagesTotal);
    const elapsedMs = Math.max(0.001, performance.now() - this.#startedMs);
    this.#onProgress?.({
      phase: this.#phase,
      pagesDone,
      pagesTotal: this.#pagesTotal,
      bytesPerSecond: Math.round((pagesDone * this.#pageSizeBytes * 1000) / elapsedMs),
      etaMs: share === 0 ? null : Math.round((elapsedMs / share) * (1 - share)),
    });
  }
}
