/** Options that all four transfers share, and their checks. */
import { VolumeError } from '../core/errors.js';
import { rejectUnknownOptions } from '../core/option-rules.js';
import type { SkippedEntry, TransferProgress } from './report.js';

export interface TransferOptions {
  /** Replace what is there and differs; a directory is never replaced by something else. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Carry user and group of every entry. @defaultValue whether the process runs as root */
  readonly owners?: boolean | undefined;
  /** Carry extended attributes (`user.*`). @defaultValue true */
  readonly xattrs?: boolean | undefined;
  /** Called after each batch, and during big files. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  /** Called for each entry that is left out, when that is decided. */
  readonly onSkip?: ((entry: SkippedEntry) => void) | undefined;
  /** Stops after the batch that is in flight; the error then says what was done. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportOptions extends TransferOptions {
  /** Directory of the volume to import into; made when it is missing. @defaultValue '/' */
  readonly to?: string | undefined;
}

export interface ExportOptions extends TransferOptions {
  /** Directory of the volume to export. @defaultValue '/' */
  readonly from?: string | undefined;
}

export interface ResolvedTransferOptions {
  readonly overwrite: boolean;
  readonly owners: boolean;
  readonly xattrs: boolean;
  readonly onProgress: ((progress: TransferProgress) => void) | undefined;
  readonly onSkip: ((entry: SkippedEntry) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** `to` or `from`. */
  readonly path: string;
}

const SHARED_NAMES = ['overwrite', 'owners', 'xattrs', 'onProgress', 'onSkip', 'signal'];

export function resolveImportOptions(options: ImportOptions): ResolvedTransferOptions {
  return resolve(options as Record<string, unknown>, 'to');
}

export function resolveExportOptions(options: ExportOptions): ResolvedTransferOptions {
  return resolve(options as Record<string, unknown>, 'from');
}

function resolve(options: Record<string, unknown>, pathName: string): ResolvedTransferOptions {
  rejectUnknownOptions(options, [...SHARED_NAMES, pathName]);
  const signal = options.signal as AbortSignal | undefined;
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw invalid('signal', 'an AbortSignal');
  }
  return {
    overwrite: flag(options, 'overwrite', false),
    owners: flag(options, 'owners', process.getuid?.() === 0),
    xattrs: flag(options, 'xattrs', true),
    onProgress: callback(options, 'onProgress'),
    onSkip: callback(options, 'onSkip'),
    signal,
    path: pathOption(options, pathName),
  };
}

function invalid(name: string, expected: string): VolumeError {
  return new VolumeError('ERR_OPTION_INVALID', `Option '${name}' must be ${expected}.`, {
    hint: 'See docs/cli.md and the declarations of the transfer functions.',
  });
}

function flag(options: Record<string, unknown>, name: string, defaultValue: boolean): boolean {
  const value = options[name] ?? defaultValue;
  if (typeof value !== 'boolean') throw invalid(name, 'true or false');
  return value;
}

function callback<T>(
  options: Record<string, unknown>,
  name: string,
): ((argument: T) => void) | undefined {
  const value = options[name];
  if (value !== undefined && typeof value !== 'function') throw invalid(name, 'a function');
  return value as ((argument: T) => void) | undefined;
}

function pathOption(options: Record<string, unknown>, name: string): string {
  const value = options[name] ?? '/';
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw invalid(name, 'the path of a directory in the volume');
  }
  return value;
}
