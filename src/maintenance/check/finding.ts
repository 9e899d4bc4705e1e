/** What the function of one invariant yields, and what it may use to put it right. */
import type { CheckContext } from './context.js';
import type { Fixer } from './fixer.js';
import type { InvariantId } from './problem.js';

/** Answers `false` when it did not repair; anything else means that it did. */
export type Repair = (fixer: Fixer) => unknown;

export interface Finding {
  readonly invariant: InvariantId;
  readonly ino: number | null;
  readonly detail: string;
  /** Looked up from `ino` when absent. */
  readonly path?: string | null;
  /**
   * Puts it right; answers `false` when that would lose content. Absent: nothing can be done.
   * INVARIANT: after it, the query that found it does not find it again.
   */
  readonly repair?: Repair | undefined;
}

/** The function of one invariant, or of a few that one query decides. */
export interface Check {
  readonly invariants: readonly InvariantId[];
  /** Needs the size of a chunk, which `meta` holds. */
  readonly needsChunkSize?: boolean;
  find(context: CheckContext): Iterable<Finding>;
}
