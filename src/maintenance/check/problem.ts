/** What a check finds and how it answers. The rules themselves are written in docs/format.md. */

/** The invariants of the format, by number. docs/format.md is checked against this table. */
export const INVARIANTS = {
  I1: 'the SQLite database is whole',
  I2: 'the schema is exactly the one of the migrations',
  I3: 'an entry lives in a directory and names an inode',
  I4: 'names are valid',
  I5: 'the root is a directory of its own',
  I6: 'a mode has a known type',
  I7: 'a directory has one name, in its parent',
  I8: 'link counts equal the names',
  I9: 'orphans are the inodes without names',
  I10: 'every inode can be reached',
  I11: 'sizes, versions and times are in range',
  I12: 'numbers are never given out twice',
  I13: 'only regular files have content',
  I14: 'chunks belong to an inode',
  I15: 'chunks are counted',
  I16: 'no bytes are stored past the size',
  I17: 'a blob is at most one chunk',
  I18: 'inline content is small and alone',
  I19: 'the bytes of every chunk exist',
  I20: 'shared blobs are counted',
  I21: 'every blob is referenced',
  I22: 'content has its checksum',
  I23: 'symbolic links have a target',
  I24: 'extended attributes are within limits',
  I25: 'sessions and what they hold agree',
  I26: 'the facts of the volume are there',
  I27: 'locks and claims belong to files and sessions',
  I28: 'locks do not conflict',
  I29: 'inodes have their sum',
  I30: 'names have their sum',
  I31: 'chunks have their sum',
  I32: 'share counts have their sum',
  I33: 'targets of links have their sum',
  I34: 'extended attributes have their sum',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

export interface Problem {
  /** Number of the broken rule in docs/format.md. */
  readonly invariant: InvariantId;
  /** Inode concerned, null when it is none in particular. */
  readonly ino: number | null;
  /** A path of the inode, null when it has none. */
  readonly path: string | null;
  readonly detail: string;
  /** Whether this check has put it right. */
  readonly repaired: boolean;
}

export interface CheckProgress {
  /** `check`, then with repairs `repair` and `recheck`. */
  readonly phase: 'check' | 'repair' | 'recheck';
  /** What is being looked at, for example 'link counts equal the names'. */
  readonly step: string;
  /** Parts of this phase that are done, from 0 to `total`. */
  readonly done: number;
  readonly total: number;
}

export interface CheckOptions {
  /** Put right what can be put right without losing content. @defaultValue false */
  readonly repair?: boolean | undefined;
  /** Read all content and compare its checksums. @defaultValue false; `verifyVolume`: true */
  readonly content?: boolean | undefined;
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
  /** Ends the check; a repair that is under way is undone. */
  readonly signal?: AbortSignal | undefined;
  /** Most problems that are listed, 1 to 1,000,000. @defaultValue 1000 */
  readonly problemsMax?: number | undefined;
}

export interface CheckResult {
  /** Whether no problem is left. */
  readonly ok: boolean;
  /** What was found, at most `problemsMax`. */
  readonly problems: readonly Problem[];
  /** How many were found; at least so many when the check stopped counting a flood of one kind. */
  readonly problemsTotal: number;
  /** Whether the checksums of content were compared. */
  readonly content: boolean;
  readonly durationMs: number;
}
