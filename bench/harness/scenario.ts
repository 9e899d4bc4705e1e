/**
 * The vocabulary of the benchmark: a scenario has groups, a group has contenders and goals.
 *
 * Timing rule, the same for every contender: a bulk write is timed until its last operation is
 * acknowledged (the promise resolved, the call returned, or COMMIT returned for a transaction of
 * many). The time that also covers closing, with the final checkpoint of a database, is a column
 * of its own; for `node:fs` closing is nothing, so both columns agree. Opening, filling a fixture
 * and verifying that the work was really done are never timed.
 */

/** What one run of a contender measured, by metric key. A missing key means it does not apply. */
export type Readings = Readonly<Record<string, number>>;

export interface Metric {
  readonly key: string;
  /** The column heading, with the unit. */
  readonly label: string;
}

export interface Round {
  /** 0 for the first round. */
  readonly index: number;
  /** An empty folder of this run alone. */
  readonly folder: string;
}

export interface Contender {
  readonly name: string;
  /** Makes what all rounds of this contender share, in a folder that outlives them. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Does the work once, verifies it, and returns the readings. Throws when it was not done. */
  readonly run: (round: Round) => Promise<Readings>;
  /** Lets go of what `prepare` made; called even when it failed. */
  readonly dispose?: () => Promise<void>;
}

/** A contender's name and a metric key. */
export type ReadingName = readonly [contender: string, metric: string];

/** A bound on a ratio of two readings of one round, or on a single reading. */
export interface Goal {
  readonly label: string;
  readonly of: ReadingName;
  /** Without it the bound is on the reading itself. */
  readonly against?: ReadingName;
  /** Said after the number; by default `of <contender in against>`. */
  readonly unit?: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
}

/** Contenders that are measured in turn (A B C A B C ...) and shown in one table. */
export interface Group {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  /** For work too long to repeat. */
  readonly roundsMax?: number;
  /** Makes what all contenders share, in a folder that outlives them. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Lets go of what `prepare` made; called even when it failed. */
  readonly dispose?: () => Promise<void>;
}

export interface Environment {
  readonly quick: boolean;
  readonly rounds: number;
  /** Says what is going on, for work of more than a few seconds outside any table. */
  readonly progress: (message: string) => void;
}

export interface Scenario {
  /** What `--only` takes. */
  readonly name: string;
  readonly about: string;
  readonly groups: (environment: Environment) => readonly Group[];
}

/** The columns of every bulk write. */
export function rateMetrics(noun: string): readonly Metric[] {
  return [
    { key: 'rate', label: `${noun}/s` },
    { key: 'rateClosed', label: `${noun}/s with close` },
  ];
}
