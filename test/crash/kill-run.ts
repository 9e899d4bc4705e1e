/** A run of many kills over all scenarios, and what it comes to. */
import type { Failpoint } from '#src/core/failpoint.js';
import { between, pick, type Random } from '../support/random.js';
import { type KillChoice, liveAndDie } from './kill.js';
import type { Scenario } from './scenario.js';

export interface Tally {
  /** Kills in all, and those of them at a failpoint. */
  kills: number;
  atFailpoints: number;
  acknowledged: number;
  done: number;
  notDone: number;
}

export function emptyTally(): Tally {
  return { kills: 0, atFailpoints: 0, acknowledged: 0, done: 0, notDone: 0 };
}

/** One kill in so many comes while the child is still starting and opening. */
const EARLY_ONE_IN = 8;
const FAILPOINT_SHARE = 0.5;
/** Which of the visits to a failpoint ends in death. */
const VISIT_MAX = 12;
/**
 * A process that is killed while it waits for its own mount, as a server does when it makes one, cannot end
 * before somebody aborts the connection. By then each of its threads has other requests.
 */
const ANSWERS_MIN = 8;
const PATIENCE_MS = 4000;
/** The same where the place must be reached; on a busy machine the way may take long. */
export const PATIENCE_MAX_MS = 60_000;
/** Places that a process comes to once or a few times. */
const RARE = /^(open|close|migrate|backup|restore|swap|compact|archive|mount:mounted)/;

export function chooseKill(scenario: Scenario, random: Random): KillChoice {
  if (random() < FAILPOINT_SHARE) {
    const at = pick(random, scenario.failpoints);
    const visit = RARE.test(at) ? 1 : between(random, 1, VISIT_MAX);
    return { at, time: visit + firstVisit(at) - 1, patienceMs: PATIENCE_MS };
  }
  return chooseMoment(scenario, random);
}

/** Before it, a kill is not looked for. */
export function firstVisit(at: Failpoint): number {
  return at === 'mount:answering' ? ANSWERS_MIN : 1;
}

/** By the clock. */
export function chooseMoment(scenario: Scenario, random: Random): KillChoice {
  const isEarly = between(random, 1, EARLY_ONE_IN) === 1 && scenario.name !== 'mount';
  return { at: isEarly ? 'starting' : 'working', lifeMaxMs: scenario.lifeMaxMs };
}

/** One kill and what it left; counts in `tally`. Says whether it came where and when it was to. */
export async function killOnce(
  scenario: Scenario,
  choice: KillChoice,
  random: Random,
  tally: Tally,
): Promise<boolean> {
  const seed = between(random, 1, 1_000_000_000);
  const task = await scenario.prepare(seed);
  const where = `${scenario.name} (${scenario.level}), ${JSON.stringify(choice)}, seed ${seed}`;
  try {
    const end = await liveAndDie(task, choice, random);
    const { acknowledged, done, notDone } = await scenario.examine();
    if (end !== 'early') tally.kills += 1;
    if (end === 'killed' && 'time' in choice) tally.atFailpoints += 1;
    tally.acknowledged += acknowledged;
    tally.done += done;
    tally.notDone += notDone;
    return end === 'killed';
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** Each named place once, in the first scenario that comes there. */
export function placesOf(scenarios: readonly Scenario[]): Map<Failpoint, Scenario> {
  const places = new Map<Failpoint, Scenario>();
  for (const scenario of scenarios) {
    for (const name of scenario.failpoints) if (!places.has(name)) places.set(name, scenario);
  }
  return places;
}
