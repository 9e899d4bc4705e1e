/** What the archive thread tells about itself. */

export interface ArchiveFailure {
  /** Code of the error, as in docs/errors.md. */
  readonly code: string;
  readonly message: string;
  /** When it last happened, in milliseconds since 1970. */
  readonly atMs: number;
  /** How often in a row. */
  readonly times: number;
}

/** How the archive is doing; times are milliseconds since 1970. */
export interface ArchiveStatus {
  /** Directory of the archive. */
  readonly dir: string;
  /** Name of the unbroken chain that is being written; null before there is one. */
  readonly generation: string | null;
  /** Number of the last commit that is in the archive; null before there is one. */
  readonly lastCommit: number | null;
  /** When the newest state in the archive was cut off. */
  readonly lastAtMs: number | null;
  /** When it was last known that everything committed was in the archive. */
  readonly completeAtMs: number | null;
  /** Milliseconds since then: what is at stake. */
  readonly lagMs: number;
  /** Time of the newest copy of the whole volume; null: nothing of this chain can be restored yet. */
  readonly baseAtMs: number | null;
  /** Pages of the copy that is being made, or null. */
  readonly copying: { readonly pagesDone: number; readonly pagesTotal: number } | null;
  /** Segments that this run has written, and their bytes. */
  readonly segments: number;
  readonly segmentBytes: number;
  /** What keeps the archive from being written now; null when nothing does. */
  readonly failure: ArchiveFailure | null;
}

/** As it travels: the lag is of the moment when somebody asks. */
export type ReportedStatus = Omit<ArchiveStatus, 'lagMs' | 'dir'>;

export const INITIAL_STATUS: ReportedStatus = {
  generation: null,
  lastCommit: null,
  lastAtMs: null,
  completeAtMs: null,
  baseAtMs: null,
  copying: null,
  segments: 0,
  segmentBytes: 0,
  failure: null,
};
