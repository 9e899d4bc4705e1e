/** Compares what was measured with what was wanted. */
import type { ContenderResult } from './run-group.js';
import type { Goal, ReadingName } from './scenario.js';
import { median } from './statistics.js';

export interface GoalResult {
  readonly goal: Goal;
  /** NaN when it could not be measured. */
  readonly value: number;
  readonly ok: boolean;
}

/**
 * The median over the rounds of the ratio *within* a round: two contenders of one round ran
 * seconds apart, so a machine that slows down for a minute changes both and not their ratio.
 */
export function judge(goal: Goal, contenders: readonly ContenderResult[]): GoalResult {
  const measured = readingsOf(contenders, goal.of);
  const base = goal.against === undefined ? undefined : readingsOf(contenders, goal.against);
  const ratios = measured.map((value, round) => (base ? value / (base[round] ?? NaN) : value));
  const value = median(ratios);
  const ok = 'atLeast' in goal.bound ? value >= goal.bound.atLeast : value <= goal.bound.atMost;
  return { goal, value, ok };
}

/** The readings round by round; none when the contender failed. */
function readingsOf(
  contenders: readonly ContenderResult[],
  [name, metric]: ReadingName,
): readonly number[] {
  const contender = contenders.find((candidate) => candidate.name === name);
  if (contender === undefined) throw new Error(`A goal names an unknown contender: ${name}`);
  if (contender.error !== undefined) return [Number.NaN];
  return contender.rounds.map((readings) => {
    const value = readings[metric];
    if (value === undefined) throw new Error(`A goal names an unknown reading: ${name} ${metric}`);
    return value;
  });
}
