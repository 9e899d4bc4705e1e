/** `migrateVolume` and `planMigration`: bringing a volume to the newest schema, and what that would do. */
import { VolumeError } from '../../core/errors.js';
import { checkSignalOption, rejectUnknownOptions } from '../../core/option-rules.js';
import { resolveOptions } from '../../core/options.js';
import { programPath } from '../../core/programs.js';
import { ReaderThreads } from '../../readers/threads.js';
import { readTrustedState } from '../../schema/identity.js';
import type { MigrationReport } from '../../schema/migrate.js';
import { readMigrations } from '../../schema/migration-files.js';
import { copyBytesOf, safetyCopyPath } from '../../schema/safety-copy.js';
import { openConnection } from '../../sqlite/connection.js';
import { freeBytesBeside } from '../../sqlite/disk-space.js';
import { guarded } from '../../sqlite/driver-errors.js';
import { GrowingFile } from '../growing-file.js';
import { realPathOf } from '../swap/real-path.js';
import type { MigrateInput, MigrateReport } from './migrate-task.js';

export interface MigrateProgress {
  /** `copy`: bytes of the safety copy; `step`: migrations. */
  readonly phase: 'copy' | 'step';
  readonly done: number;
  readonly total: number;
  /** Name of the migration, in the phase `step`. */
  readonly step?: string;
}

export interface MigrateVolumeOptions {
  /** Keep a verified copy beside the volume. @defaultValue true */
  readonly safetyCopy?: boolean | undefined;
  readonly onProgress?: ((progress: MigrateProgress) => void) | undefined;
  /** Ends it between two steps: each is done as a whole or not at all. */
  readonly signal?: AbortSignal | undefined;
}

export interface MigrationPlan {
  /** Absolute path of the volume's file. */
  readonly path: string;
  /** Schema version now, and after the migration. */
  readonly from: number;
  readonly to: number;
  /** Names of the steps. */
  readonly pending: readonly string[];
  /** The copy that would be made; null when nothing is pending. */
  readonly safetyCopy: { readonly path: string; readonly bytes: number } | null;
  /** Room beside the volume, in bytes. */
  readonly freeBytes: number;
}

const CACHE_BYTES = 1024 * 1024;

/** What `migrateVolume` would do to the volume at `path`. Changes nothing. */
export function planMigration(path: string): MigrationPlan {
  const real = realPathOf(path);
  const { busyTimeoutMs } = resolveOptions();
  const connection = openConnection(real, {
    role: 'reader',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs,
  });
  try {
    return guarded(real, () => {
      const migrations = readMigrations();
      const state = readTrustedState(connection, migrations);
      if (state.version === 0) throw notAVolume(real);
      const pending = migrations.slice(state.version).map(({ name }) => name);
      const copy = { path: safetyCopyPath(real, state.version), bytes: copyBytesOf(connection) };
      return {
        path: real,
        from: state.version,
        to: migrations.length,
        pending,
        safetyCopy: pending.length === 0 ? null : copy,
        freeBytes: freeBytesBeside(real),
      };
    });
  } finally {
    connection.close();
  }
}

function notAVolume(path: string): VolumeError {
  return new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is an empty database.`, {
    path,
    hint: 'Check the path; the file was not changed.',
  });
}

/**
 * Brings the volume at `path` to the newest schema. Before the first step a verified copy of it is made
 * beside it, unless `safetyCopy` is false: ERR_NO_SPACE when there is no room. Each step is one
 * transaction: ERR_MIGRATION_FAILED, and the volume is as it was before it. Opening a volume does the
 * same; this tells how far it is.
 */
export async function migrateVolume(
  path: string,
  options: MigrateVolumeOptions = {},
): Promise<MigrationReport> {
  checkOptions(options);
  const real = realPathOf(path);
  const { safetyCopy = true, signal } = options;
  const threads = new ReaderThreads({ ...resolveOptions(), readerThreadsMax: 1 });
  const input: MigrateInput = { path: real, safetyCopy, cacheBytes: threads.cacheBytes };
  const copy = new GrowingFile();
  try {
    return await threads.run<MigrateInput, MigrationReport, MigrateReport>(
      programPath('maintenance/migrate/migrate-task'),
      input,
      {
        onProgress: (report) => tell(report, copy, options),
        signal,
      },
    );
  } finally {
    copy.stop();
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', `The migration of '${real}' ended.`));
  }
}

function tell(report: MigrateReport, copy: GrowingFile, options: MigrateVolumeOptions): void {
  copy.throwFailure();
  copy.stop();
  const { onProgress } = options;
  if (report.phase === 'copy') {
    const { temporary, total } = report;
    copy.watch(temporary, total, (done) => onProgress?.({ phase: 'copy', done, total }));
  } else {
    const { name, index, total } = report;
    onProgress?.({ phase: 'step', done: index, total, step: name });
  }
}

function checkOptions(options: MigrateVolumeOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new VolumeError('ERR_OPTION_INVALID', 'The options of migrate must be an object.');
  }
  rejectUnknownOptions(options, ['safetyCopy', 'onProgress', 'signal']);
  checkSignalOption(options.signal);
  const { safetyCopy, onProgress } = options;
  if (safetyCopy !== undefined && typeof safetyCopy !== 'boolean') {
    throw new VolumeError('ERR_OPTION_INVALID', "Option 'safetyCopy' must be true or false.");
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new VolumeError('ERR_OPTION_INVALID', "Option 'onProgress' must be a function.");
  }
}
