/** Runs checks one after the other and gathers what they find, in this thread. */
import type { Ino } from '../../core/ino.js';
import type { CheckContext } from './context.js';
import { damageFinding, isDamage, namesOf } from './damage.js';
import type { Check, Finding } from './finding.js';
import type { Fixer } from './fixer.js';
import { type CheckProgress, INVARIANTS, type InvariantId, type Problem } from './problem.js';

export interface CheckReport {
  readonly problems: readonly Problem[];
  readonly problemsTotal: number;
  /** Whether the database cannot be trusted: nothing may be written to it. */
  readonly isUnsound: boolean;
}

// Each check counts as so many parts of the progress.
const PARTS_PER_CHECK = 100;
const UNSOUND: readonly InvariantId[] = ['I1', 'I2', 'I26'];

/** Turns findings into problems, repairing them first when there is a fixer. */
export class Recorder {
  readonly #problemsMax: number;
  readonly #problems: Problem[] = [];
  #total = 0;
  #isUnsound = false;

  constructor(problemsMax: number) {
    this.#problemsMax = problemsMax;
  }

  add(finding: Finding, pathOf: (ino: number) => string | null, fixer?: Fixer): void {
    const { invariant, ino, detail } = finding;
    this.#total += 1;
    if (UNSOUND.includes(invariant)) this.#isUnsound = true;
    const isListed = this.#problems.length < this.#problemsMax;
    const find = (): string | null => (isListed && ino !== null ? pathOf(ino) : null);
    let path = finding.path === undefined ? find() : finding.path;
    const repaired = fixer !== undefined && repair(finding, fixer);
    // What was lost has a path now.
    if (repaired && path === null) path = find();
    if (isListed) this.#problems.push({ invariant, ino, path, detail, repaired });
  }

  get report(): CheckReport {
    return {
      problems: this.#problems,
      problemsTotal: this.#total,
      isUnsound: this.#isUnsound,
    };
  }
}

function repair({ ino, repair: fix }: Finding, fixer: Fixer): boolean {
  if (fix === undefined || fix(fixer) === false) return false;
  if (ino !== null) {
    const version = fixer.ctx.store.inodes.getAny(ino as Ino)?.version ?? 0;
    fixer.ctx.emit({ type: 'attributes', ino: ino as Ino, version });
  }
  return true;
}

/** Reports progress of a phase: `always` when it must not be dropped. */
export type ReportProgress = (progress: CheckProgress, always: boolean) => void;

export interface RunOptions {
  readonly phase: CheckProgress['phase'];
  readonly problemsMax: number;
  readonly report: ReportProgress;
  /** Repairs findings as they come. */
  readonly fixer?: Fixer;
}

export function runChecks(
  context: CheckContext,
  checks: readonly Check[],
  { phase, problemsMax, report, fixer }: RunOptions,
): CheckReport {
  const recorder = new Recorder(problemsMax);
  const total = checks.length * PARTS_PER_CHECK;
  const pathOf = (ino: number): string | null => context.paths.of(ino);
  for (const [index, check] of checks.entries()) {
    const step = INVARIANTS[check.invariants[0] as InvariantId];
    const base = index * PARTS_PER_CHECK;
    context.onShare = (share) => {
      const done = base + Math.floor(share * PARTS_PER_CHECK);
      report({ phase, step, done, total }, false);
    };
    report({ phase, step, done: base, total }, true);
    for (const finding of findings(context, check)) recorder.add(finding, pathOf, fixer);
  }
  context.onShare = () => undefined;
  report({ phase, step: 'done', done: total, total }, true);
  return recorder.report;
}

/** What a check yields; that it could not go on is a finding too. */
function* findings(context: CheckContext, check: Check): Generator<Finding> {
  // Without the size of a chunk nothing can be said; `meta` is reported by rule I26.
  if (check.needsChunkSize === true && context.chunkSizeBytes === 0) return;
  try {
    context.pause(0);
    yield* check.find(context);
  } catch (error) {
    if (!isDamage(error)) throw error;
    yield damageFinding(error, `what ${namesOf(check.invariants)} is about`);
  }
}
