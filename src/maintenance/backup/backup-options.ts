/** Options and results of `volume.backup`. */
import { VolumeError } from '../../core/errors.js';
import { describeValue, rejectUnknownOptions } from '../../core/option-rules.js';

/** How a copy is looked at before it gets its name. */
export type VerifyDepth = 'quick' | 'full' | 'content';

export interface BackupProgress {
  /** What is being done: pages are written, looked at, or it gets its name. */
  readonly phase: 'copy' | 'verify' | 'finish';
  /** Pages of this phase that are done; of `verify` as far as the checks tell. */
  readonly pagesDone: number;
  readonly pagesTotal: number;
  /** Since the phase began. */
  readonly bytesPerSecond: number;
  /** Rest of the phase at this speed, in milliseconds; null while nothing is known. */
  readonly etaMs: number | null;
}

export interface BackupOptions {
  /** Replace a file that is there, unless somebody has it open. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /**
   * `'full'`: SQLite's check and every rule of the format, `'content'`: all bytes too, `'quick'`: only
   * SQLite's check, `false`: nothing. @defaultValue 'full'
   */
  readonly verify?: VerifyDepth | false | undefined;
  /** Most pages that are copied between two looks at throttle and progress, 1 to 1,000,000. @defaultValue 512 */
  readonly pagesPerStep?: number | undefined;
  /** Most bytes that are copied in a second; 0: no bound. @defaultValue 0 */
  readonly bytesPerSecondMax?: number | undefined;
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  /** Ends the backup; nothing is left of it. */
  readonly signal?: AbortSignal | undefined;
}

export interface BackupResult {
  /** Absolute path of the backup. */
  readonly path: string;
  readonly pages: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly verified: VerifyDepth | false;
  /** Number of the last commit in it; null when it is not known. */
  readonly commit: number | null;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Whether the volume remembers it: `false` where it is open for reading only, or could not be written. */
  readonly recorded: boolean;
}

export interface ResolvedBackupOptions {
  readonly overwrite: boolean;
  readonly verify: VerifyDepth | false;
  readonly pagesPerStep: number;
  readonly bytesPerSecondMax: number;
  readonly onProgress: ((progress: BackupProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const PAGES_PER_STEP_DEFAULT = 512;
const PAGES_PER_STEP_MAX = 1_000_000;
const NAMES: readonly (keyof BackupOptions)[] = [
  'overwrite',
  'verify',
  'pagesPerStep',
  'bytesPerSecondMax',
  'onProgress',
  'signal',
];

export function wrongOption(name: string, value: unknown, expected: string): VolumeError {
  const shown = describeValue(value);
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' must be ${expected}, got ${shown}.`,
    { hint: 'See docs/backup.md.' },
  );
}

function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw wrongOption(name, value, `a whole number from ${min} to ${max}`);
}

/** What backup and restore have in common. */
export function checkCommonOptions(
  options: {
    readonly onProgress?: unknown;
    readonly signal?: unknown;
    readonly overwrite?: unknown;
  },
  names: readonly string[],
): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongOption('options', options, 'an object');
  }
  rejectUnknownOptions(options, names);
  const { onProgress, signal, overwrite } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw wrongOption('onProgress', onProgress, 'a function');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongOption('signal', signal, 'an AbortSignal');
  }
  if (overwrite !== undefined && typeof overwrite !== 'boolean') {
    throw wrongOption('overwrite', overwrite, 'true or false');
  }
}

export function resolveBackupOptions(options: BackupOptions = {}): ResolvedBackupOptions {
  checkCommonOptions(options, NAMES);
  const { verify = 'full', overwrite = false, onProgress, signal } = options;
  if (verify !== false && !['quick', 'full', 'content'].includes(verify)) {
    throw wrongOption('verify', verify, "'quick', 'full', 'content' or false");
  }
  const { pagesPerStep = PAGES_PER_STEP_DEFAULT, bytesPerSecondMax = 0 } = options;
  return {
    overwrite,
    verify,
    pagesPerStep: wholeNumber('pagesPerStep', pagesPerStep, 1, PAGES_PER_STEP_MAX),
    bytesPerSecondMax: wholeNumber(
      'bytesPerSecondMax',
      bytesPerSecondMax,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    onProgress,
    signal,
  };
}
