/** What a transfer did: counted only when it is done for good. */
import { AbortError } from '../core/abort.js';
import { Errno } from '../core/errno.js';
import { FsError } from '../core/errors.js';

/**
 * Why an entry was left out.
 *
 * - `exists`: something else is at its place and `overwrite` is off, or a directory is in the way
 * - `not-utf8`: its name is not valid UTF-8, which a volume cannot hold
 * - `name`: its name or path is too long, or one that no entry may have
 * - `outside`: it would lead out of the target (`..`, an absolute name, a hard link to such a place)
 * - `missing`: the file it is a link to, or its directory, is not there
 * - `unreadable`: reading it failed or was refused
 * - `unsupported`: a type that the other side cannot hold
 * - `not-permitted`: only root may make it
 */
export type SkipReason =
  | 'exists'
  | 'not-utf8'
  | 'name'
  | 'outside'
  | 'missing'
  | 'unreadable'
  | 'unsupported'
  | 'not-permitted';

export interface SkippedEntry {
  /** Where it was read; bytes that are not UTF-8 are written as `\xNN`. */
  readonly path: string;
  readonly reason: SkipReason;
  /** The same for a person. */
  readonly detail: string;
}

export interface TransferProgress {
  readonly files: number;
  readonly directories: number;
  /** Entries of all kinds, those that were there already and those left out included. */
  readonly entries: number;
  /** Content of files so far. */
  readonly bytes: number;
  /** The entry that was last worked on. */
  readonly path: string;
}

export interface TransferResult {
  /** Regular files carried. */
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** Further names of files that are counted already. */
  readonly hardLinks: number;
  /** FIFOs, sockets and devices. */
  readonly special: number;
  /** Content of the files carried, holes included. */
  readonly bytes: number;
  /** Entries that were there already, with the same type, size and modification time. */
  readonly unchanged: number;
  /** How many entries were left out. */
  readonly skippedCount: number;
  /** The first of them, at most `SKIPPED_LISTED_MAX`. */
  readonly skipped: readonly SkippedEntry[];
  /** What could not be carried of entries that were, told once each. */
  readonly warnings: readonly string[];
  /** The last entry that was carried for good. */
  readonly lastPath: string | undefined;
}

/** Longest list of left out entries in a result; `onSkip` hears of all. */
export const SKIPPED_LISTED_MAX = 1000;

export type CountedKind = 'files' | 'directories' | 'symlinks' | 'hardLinks' | 'special';

/** Counts of a part of the work, to be added to the whole when it is done for good. */
export class Portion {
  readonly counts: Record<CountedKind, number> = {
    files: 0,
    directories: 0,
    symlinks: 0,
    hardLinks: 0,
    special: 0,
  };
  bytes = 0;
  lastPath: string | undefined;

  count(kind: CountedKind, path: string, bytes = 0): void {
    this.counts[kind] += 1;
    this.bytes += bytes;
    this.lastPath = path;
  }
}

export interface Listeners {
  readonly onProgress: ((progress: TransferProgress) => void) | undefined;
  readonly onSkip: ((entry: SkippedEntry) => void) | undefined;
}

/** The count of a whole transfer. */
export class Tally {
  readonly #done = new Portion();
  readonly #skipped: SkippedEntry[] = [];
  readonly #warnings = new Set<string>();
  readonly #listeners: Listeners;
  #skippedCount = 0;
  #unchanged = 0;
  /** Bytes of a big file that is not finished: shown as progress, not yet counted. */
  #underwayBytes = 0;
  #shownBytes = 0;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** Adds what is done for good. */
  add(portion: Portion): void {
    for (const [kind, count] of Object.entries(portion.counts)) {
      this.#done.counts[kind as CountedKind] += count;
    }
    this.#done.bytes += portion.bytes;
    this.#done.lastPath = portion.lastPath ?? this.#done.lastPath;
    this.#report(this.#done.lastPath ?? '');
  }

  count(kind: CountedKind, path: string, bytes = 0): void {
    this.#done.count(kind, path, bytes);
  }

  unchanged(): void {
    this.#unchanged += 1;
  }

  skip(path: string, reason: SkipReason, detail: string): void {
    const entry = { path, reason, detail };
    this.#skippedCount += 1;
    if (this.#skipped.length < SKIPPED_LISTED_MAX) this.#skipped.push(entry);
    this.#listeners.onSkip?.(entry);
  }

  /** Something that concerns many entries: said once. */
  warn(message: string): void {
    this.#warnings.add(message);
  }

  /** Shows how far a big file is; 0 when it is finished. */
  underway(path: string, bytes: number): void {
    this.#underwayBytes = bytes;
    if (bytes > 0) this.#report(path);
  }

  /** Tells the listener where things stand. */
  progress(path: string): void {
    this.#report(path);
  }

  #report(path: string): void {
    const { counts, bytes } = this.#done;
    // A file that is read but not yet placed is in neither number; a bar must not go back for that.
    this.#shownBytes = Math.max(this.#shownBytes, bytes + this.#underwayBytes);
    this.#listeners.onProgress?.({
      files: counts.files,
      directories: counts.directories,
      entries: sum(counts) + this.#unchanged + this.#skippedCount,
      bytes: this.#shownBytes,
      path,
    });
  }

  get result(): TransferResult {
    return {
      ...this.#done.counts,
      bytes: this.#done.bytes,
      unchanged: this.#unchanged,
      skippedCount: this.#skippedCount,
      skipped: [...this.#skipped],
      warnings: [...this.#warnings],
      lastPath: this.#done.lastPath,
    };
  }
}

function sum(counts: Readonly<Record<CountedKind, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Runs a transfer; an error that ends it carries what was done before as `transfer`. */
export async function reporting(tally: Tally, work: () => Promise<void>): Promise<TransferResult> {
  try {
    await work();
    return tally.result;
  } catch (thrown) {
    // An errno is shared and knows no place.
    const error =
      thrown instanceof Errno ? new FsError(thrown.code, { syscall: 'transfer' }) : thrown;
    if (typeof error === 'object' && error !== null) {
      Object.defineProperty(error, 'transfer', { value: tally.result, enumerable: false });
    }
    throw error;
  }
}

/** Throws what an aborted call of Node's throws. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError(signal.reason);
}
