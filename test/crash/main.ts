/**
 * `npm run crash -- --kills 1000 --seed 7`: kills, reopens, checks and compares, over all scenarios, and
 * prints a table. `--minutes 20` ends it earlier. Ends with status 1 at the first thing that was lost, half done or unsound; what it left
 * is kept then.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FAILPOINTS } from '#src/core/failpoint.js';
import { NO_MOUNT } from '../fuse/mount/no-mount.js';
import { createRandom, seedFrom } from '../support/random.js';
import {
  chooseKill,
  emptyTally,
  firstVisit,
  killOnce,
  PATIENCE_MAX_MS,
  placesOf,
  type Tally,
} from './kill-run.js';
import { createScenarios, type Scenario } from './scenario.js';

const KILLS = 1000;
const MINUTE_MS = 60_000;
const PROGRESS_EVERY = 10;

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const kills = Number(values.kills ?? KILLS);
const untilMs = Date.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS;
const seed = Number(values.seed ?? seedFrom('CABINET_CRASH_SEED'));
const random = createRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'cabinetfs-crash-'));
const scenarios = createScenarios(folder, NO_MOUNT === undefined);
const tallies = new Map<Scenario, Tally>(scenarios.map((scenario) => [scenario, emptyTally()]));
const reached = new Set<string>();
const startedMs = Date.now();

function total(of: keyof Tally): number {
  return [...tallies.values()].reduce((sum, tally) => sum + tally[of], 0);
}

async function kill(scenario: Scenario, choice: ReturnType<typeof chooseKill>): Promise<void> {
  const wasKilled = await killOnce(scenario, choice, random, tallies.get(scenario) as Tally);
  if (wasKilled && 'time' in choice) reached.add(choice.at);
}

function print(): void {
  const head = ['scenario', 'level', 'kills', 'at failpoints', 'acknowledged', 'done', 'not done'];
  const rows = [...tallies].map(([{ name, level }, tally]) => [
    name,
    level,
    ...[tally.kills, tally.atFailpoints, tally.acknowledged, tally.done, tally.notDone].map(String),
  ]);
  const sums = (['kills', 'atFailpoints', 'acknowledged', 'done', 'notDone'] as const).map(total);
  const all = [head, ...rows, ['all', '', ...sums.map(String)]];
  for (const row of all)
    console.log(
      row
        .map((cell) => cell.padEnd(14))
        .join('')
        .trimEnd(),
    );
}

console.log(
  `seed ${seed}, ${kills} kills${NO_MOUNT === undefined ? '' : `, no mounts: ${NO_MOUNT}`}`,
);
for (const [at, scenario] of placesOf(scenarios))
  await kill(scenario, { at, time: firstVisit(at), patienceMs: PATIENCE_MAX_MS });
for (let round = 0; total('kills') < kills && Date.now() < untilMs; round += 1) {
  const scenario = scenarios[round % scenarios.length] as Scenario;
  await kill(scenario, chooseKill(scenario, random));
  if (round % PROGRESS_EVERY === 0) console.error(`${total('kills')} kills`);
}
print();
const seconds = Math.round((Date.now() - startedMs) / 1000);
console.log(
  `${reached.size} of ${FAILPOINTS.length} failpoints reached, ${seconds} s, nothing lost`,
);
rmSync(folder, { recursive: true });
