/** Options arguments: what a string, an object, or nothing in their place means. */
import { validateAbortSignal } from './abort.js';
import { assertEncoding, type NameEncoding } from './encoding.js';
import { validateUint32 } from './integers.js';
import { parseFileMode } from './mode.js';
import { invalidArgType } from './node-error.js';
import { validateBoolean } from './types.js';

/** Options with a checked encoding and signal; the rest is the caller's, unchecked. */
export interface CommonOptions {
  readonly encoding?: NameEncoding;
  readonly signal?: AbortSignal | undefined;
  readonly [name: string]: unknown;
}

const NO_OPTIONS: CommonOptions = Object.freeze({});

/**
 * A string is the encoding and joins `defaults`; null, undefined and a callback give `defaults`; an
 * object is taken as it is, without the defaults, so every user of a field says what its absence means.
 */
export function getOptions(options: unknown, defaults: CommonOptions = NO_OPTIONS): CommonOptions {
  if (options === null || options === undefined || typeof options === 'function') return defaults;
  if (typeof options === 'string') return withChecks({ ...defaults, encoding: options });
  if (typeof options !== 'object') throw invalidArgType('options', ['string', 'Object'], options);
  return withChecks(options as Readonly<Record<string, unknown>>);
}

function withChecks(options: Readonly<Record<string, unknown>>): CommonOptions {
  if (options.encoding !== 'buffer') assertEncoding(options.encoding);
  if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
  return options as CommonOptions;
}

export interface MkdirOptions {
  readonly recursive: boolean;
  readonly mode: number;
}

/** Call it after the path was validated. `defaultMode` is for a null mode: promises only. */
export function mkdirOptions(options: unknown, defaultMode?: number): MkdirOptions {
  const short = typeof options === 'number' || typeof options === 'string';
  const given = (short ? { mode: options } : options || NO_OPTIONS) as CommonOptions;
  const { recursive = false, mode = 0o777 } = given;
  validateBoolean(recursive, 'options.recursive');
  return { recursive, mode: parseFileMode(mode, 'mode', defaultMode) };
}

export interface WriteFileOptions {
  readonly encoding: NameEncoding;
  /** To be parsed when the file is opened, after the data was checked. */
  readonly flag: unknown;
  /** Likewise. */
  readonly mode: unknown;
  readonly flush: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Options of `writeFile` (flag `w`) and `appendFile` (flag `a`). */
export function writeFileOptions(options: unknown, defaultFlag: 'w' | 'a'): WriteFileOptions {
  const defaults = { encoding: 'utf8', mode: 0o666, flag: defaultFlag, flush: false } as const;
  const given = getOptions(options, defaults);
  const flush = given.flush ?? false;
  validateBoolean(flush, 'options.flush');
  return {
    encoding: given.encoding || 'utf8',
    flag: given.flag || defaultFlag,
    mode: given.mode,
    flush,
    signal: given.signal,
  };
}

export interface ReadFileOptions {
  /** Absent: the bytes themselves. */
  readonly encoding: NameEncoding;
  readonly flag: unknown;
  readonly signal: AbortSignal | undefined;
}

const READ_FILE_DEFAULTS: CommonOptions = Object.freeze({ flag: 'r' });

/** Options of `readFile`; a signal that has fired is the caller's to look at. */
export function readFileOptions(options: unknown): ReadFileOptions {
  const { encoding, flag, signal } = getOptions(options, READ_FILE_DEFAULTS);
  return { encoding, flag: flag || 'r', signal };
}

export interface OpendirOptions {
  readonly encoding: NameEncoding;
  /** Entries fetched at once. */
  readonly bufferSize: number;
  readonly recursive: boolean;
}

const OPENDIR_BUFFER_SIZE = 32;

export function opendirOptions(options: unknown): OpendirOptions {
  const given = getOptions(options, { encoding: 'utf8' });
  const bufferSize = { bufferSize: OPENDIR_BUFFER_SIZE, ...given }.bufferSize;
  validateUint32(bufferSize, 'options.bufferSize', 1);
  return { encoding: given.encoding, bufferSize, recursive: Boolean(given.recursive) };
}

/**
 * Whether the 64-bit numbers of `stat` and `statfs` come as bigints: for `true` alone. Null throws, as
 * in Node.
 */
export function wantsBigInt(options: { readonly bigint?: unknown } | undefined): boolean {
  return options !== undefined && options.bigint === true;
}
