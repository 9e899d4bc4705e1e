/** How the process that serves a mount opens the volume that a program has open already. */
import type { OpenOptions, ResolvedOptions } from '../../core/options.js';

/**
 * What writing and reading go by is that of the program, above all what a write survives. Its upkeep
 * (backups, the archive, checks, compaction) goes on there, and is not done twice.
 */
export function openOptionsOf(options: ResolvedOptions): OpenOptions {
  const { backup: _backup, archive: _archive, integrity, compaction, ...same } = options;
  return {
    ...same,
    // The file is there, and of the schema that this code knows.
    create: false,
    migrate: false,
    // The kernel's requests wait as long as it takes; there are never many of them.
    queuePolicy: 'wait',
    queueDeadlineMs: 0,
    metrics: false,
    integrity: { ...integrity, quickAfterCrash: false, everySeconds: 0 },
    compaction: { ...compaction, auto: false },
  };
}
