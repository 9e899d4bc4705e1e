/** `compactVolume`: compacts a volume that is not open here. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VolumeError } from '../../core/errors.js';
import { resolveOptions } from '../../core/options.js';
import { ReaderThreads } from '../../readers/threads.js';
import { compactedName } from '../swap/partial-files.js';
import { realPathOf } from '../swap/real-path.js';
import { type CompactOptions, type CompactResult, checkCompactOptions } from './compact-options.js';
import type { FullInput, FullReport } from './full-task.js';

const TASK_ENTRY: string = fileURLToPath(new URL('./full-task.js', import.meta.url));
const LOOK_EVERY_MS = 100;

/**
 * Writes the volume at `path` anew, without gaps and in order, verifies that, and puts it in the place of
 * the old file. ERR_VOLUME_BUSY while anybody has it open, ERR_DISK_SPACE, ERR_COMPACTION_REFUSED when
 * the volume has problems. The volume is at every instant the old one or the new one. An abort takes
 * effect when SQLite has finished the copy.
 */
export async function compactFully(
  path: string,
  options: CompactOptions = {},
): Promise<CompactResult> {
  checkCompactOptions({ ...options, full: true });
  const real = realPathOf(path);
  const defaults = resolveOptions();
  const threads = new ReaderThreads({ ...defaults, readerThreadsMax: 1 });
  const input: FullInput = {
    path: real,
    temporary: compactedName(real),
    cacheBytes: threads.cacheBytes,
    busyTimeoutMs: defaults.busyTimeoutMs,
  };
  const progress = new CopyProgress(input.temporary, options.onProgress);
  try {
    return await threads.run<FullInput, CompactResult, FullReport>(TASK_ENTRY, input, {
      onProgress: (report) => progress.tell(report),
      signal: options.signal,
    });
  } finally {
    progress.stop();
    // Whoever hears of the end may rely on it that nothing is held any more.
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', `The compaction of '${real}' ended.`));
  }
}

/** SQLite copies in one call that tells nothing: the growing file does. */
class CopyProgress {
  readonly #temporary: string;
  readonly #onProgress: CompactOptions['onProgress'];
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(temporary: string, onProgress: CompactOptions['onProgress']) {
    this.#temporary = temporary;
    this.#onProgress = onProgress;
  }

  tell(report: FullReport): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.stop();
    if (report.phase !== 'copy') {
      this.#onProgress?.(report);
      return;
    }
    const { total } = report;
    this.#onProgress?.({ phase: 'copy', done: 0, total });
    this.#timer = setInterval(() => this.#look(total), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  #look(total: number): void {
    try {
      const size = statSync(this.#temporary, { throwIfNoEntry: false })?.size ?? 0;
      this.#onProgress?.({ phase: 'copy', done: Math.min(size, total), total });
    } catch (reason) {
      // An error of the listener ends the compaction with the next report.
      this.#failure ??= { reason };
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
