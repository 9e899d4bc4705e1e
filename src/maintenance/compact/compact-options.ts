/** What a compaction is asked and answers. */
import { VolumeError } from '../../core/errors.js';
import { checkSignalOption, describeValue, rejectUnknownOptions } from '../../core/option-rules.js';

export interface CompactProgress {
  /** `slices`: free pages are given back in slices; the others are of a compaction as a whole. */
  readonly phase: 'slices' | 'copy' | 'verify' | 'replace';
  /** Pages given back, or bytes copied, or parts of the verification. */
  readonly done: number;
  /** What `done` will be at the end, as far as that is known. */
  readonly total: number;
}

export interface CompactOptions {
  /**
   * Writes the whole volume anew, without gaps and in order, and puts that in its place. Only of a volume
   * that nobody has open. @defaultValue false
   */
  readonly full?: boolean | undefined;
  /** Most pages that are given back, not with `full`. @defaultValue all that are free */
  readonly pagesMax?: number | undefined;
  readonly onProgress?: ((progress: CompactProgress) => void) | undefined;
  /** Ends it: what has been given back stays so; with `full` the volume is as it was. */
  readonly signal?: AbortSignal | undefined;
}

export interface CompactResult {
  readonly full: boolean;
  /** Size of the database before and after, in bytes. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly freedBytes: number;
  readonly freedPages: number;
  readonly durationMs: number;
}

const NAMES = ['full', 'pagesMax', 'onProgress', 'signal'];

function invalid(name: string, value: unknown, expected: string): VolumeError {
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' of compact must be ${expected}, got ${describeValue(value)}.`,
  );
}

/** Throws ERR_OPTION_UNKNOWN and ERR_OPTION_INVALID. */
export function checkCompactOptions(options: CompactOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', options, 'an object');
  }
  rejectUnknownOptions(options, NAMES);
  checkSignalOption(options.signal);
  const { full, pagesMax, onProgress } = options;
  if (full !== undefined && typeof full !== 'boolean') throw invalid('full', full, 'true or false');
  if (pagesMax !== undefined && !(Number.isSafeInteger(pagesMax) && pagesMax > 0)) {
    throw invalid('pagesMax', pagesMax, 'a whole number above 0');
  }
  if (full === true && pagesMax !== undefined) {
    throw invalid('pagesMax', pagesMax, 'absent with `full`, which gives everything back');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalid('onProgress', onProgress, 'a function');
  }
}
