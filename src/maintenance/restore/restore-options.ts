/** Options and results of `restoreVolume`. */
import type { RestoreAt } from '../archive/restore-points.js';
import { checkCommonOptions, wrongOption } from '../backup/backup-options.js';

export interface RestoreProgress {
  /** The backup is copied beside the target, looked at, or takes the target's place. */
  readonly phase: 'copy' | 'verify' | 'finish';
  readonly pagesDone: number;
  readonly pagesTotal: number;
  /** Since the phase began. */
  readonly bytesPerSecond: number;
  /** Rest of the phase at this speed, in milliseconds; null while nothing is known. */
  readonly etaMs: number | null;
}

export interface RestoreOptions {
  /** Replace a volume that is there, unless somebody has it open. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Of an archive: which state. @defaultValue the newest */
  readonly at?: RestoreAt | undefined;
  /** Keep the replaced volume as `<dest>.replaced-<time>`. @defaultValue false */
  readonly keepReplaced?: boolean | undefined;
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
  /** Ends the restore; the target stays as it is. */
  readonly signal?: AbortSignal | undefined;
}

export interface RestoreResult {
  /** Absolute path of the restored volume. */
  readonly path: string;
  readonly bytes: number;
  readonly volumeId: string;
  /** Number of the last commit in it, by the manifest or the archive; null when it is not known. */
  readonly commit: number | null;
  /** When the restored state was the current one, in milliseconds since 1970; null when it is not known. */
  readonly atMs: number | null;
  /** Whether there was a manifest to compare with. */
  readonly hadManifest: boolean;
  /** Migrations that were applied to the copy. */
  readonly migrations: readonly string[];
  /** Where the replaced volume is kept; null when there was none or it was let go. */
  readonly replaced: string | null;
  readonly durationMs: number;
}

export interface ResolvedRestoreOptions {
  readonly overwrite: boolean;
  readonly at: RestoreAt | undefined;
  readonly keepReplaced: boolean;
  readonly onProgress: ((progress: RestoreProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const NAMES: readonly (keyof RestoreOptions)[] = [
  'overwrite',
  'at',
  'keepReplaced',
  'onProgress',
  'signal',
];

function momentOf(at: unknown): RestoreAt | undefined {
  if (at === undefined) return undefined;
  const number = at instanceof Date ? at.getTime() : at;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const commit = (at as { commit?: unknown } | null)?.commit;
  if (typeof commit === 'number' && Number.isSafeInteger(commit) && commit >= 0) return { commit };
  throw wrongOption('at', at, 'a time, a Date or { commit: number }');
}

export function resolveRestoreOptions(options: RestoreOptions = {}): ResolvedRestoreOptions {
  checkCommonOptions(options, NAMES);
  const { overwrite = false, keepReplaced = false, onProgress, signal } = options;
  if (typeof keepReplaced !== 'boolean') {
    throw wrongOption('keepReplaced', keepReplaced, 'true or false');
  }
  return { overwrite, at: momentOf(options.at), keepReplaced, onProgress, signal };
}
