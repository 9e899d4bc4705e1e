/** `compactVolume`: compacts a volume that is not open here. */
import { VolumeError } from '../../core/errors.js';
import { resolveOptions } from '../../core/options.js';
import { programPath } from '../../core/programs.js';
import { ReaderThreads } from '../../readers/threads.js';
import { makerName } from '../../writer/maker-name.js';
import { GrowingFile } from '../growing-file.js';
import { partialOf } from '../placement/partials.js';
import { realPathOf } from '../swap/real-path.js';
import { type CompactOptions, type CompactResult, checkCompactOptions } from './compact-options.js';
import type { FullInput, FullReport } from './full-task.js';

/**
 * Writes the volume at `path` anew, without gaps and in order, verifies that, and puts it in the place of
 * the old file. ERR_VOLUME_BUSY while anybody has it open, ERR_NO_SPACE, ERR_COMPACTION_REFUSED when
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
    temporary: partialOf(real, makerName(), 'compacted'),
    cacheBytes: threads.cacheBytes,
    busyTimeoutMs: defaults.busyTimeoutMs,
  };
  const copy = new GrowingFile();
  try {
    return await threads.run<FullInput, CompactResult, FullReport>(
      programPath('maintenance/compact/full-task'),
      input,
      {
        onProgress: (report) => tell(report, copy, input.temporary, options.onProgress),
        signal: options.signal,
      },
    );
  } finally {
    copy.stop();
    // Whoever hears of the end may rely on it that nothing is held any more.
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', `The compaction of '${real}' ended.`));
  }
}

function tell(
  report: FullReport,
  copy: GrowingFile,
  temporary: string,
  onProgress: CompactOptions['onProgress'],
): void {
  copy.throwFailure();
  copy.stop();
  if (report.phase !== 'copy') onProgress?.(report);
  else {
    const { total } = report;
    copy.watch(temporary, total, (done) => onProgress?.({ phase: 'copy', done, total }));
  }
}
