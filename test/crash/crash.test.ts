/**
 * A process that works on a volume is killed, at random moments and at every named place of the code.
 * Afterwards everything acknowledged is there, what was under way is there wholly or not at all, and the
 * check passes. The long run is `npm run crash`.
 *
 * CABINET_CRASH_RUNS: kills at random moments, 21 if not given. CABINET_CRASH_SEED: repeats choices and
 * moments as far as the scheduling of processes allows.
 */
import test from 'ava';
import { FAILPOINTS } from '#src/core/failpoint.js';
import { NO_MOUNT } from '../fuse/mount/no-mount.js';
import { createRandom, seedFrom } from '../support/random.js';
import { withFolder } from '../support/temporary-volume.js';
import {
  chooseMoment,
  emptyTally,
  firstVisit,
  killOnce,
  PATIENCE_MAX_MS,
  placesOf,
} from './kill-run.js';
import { createScenarios, type Scenario } from './scenario.js';

const RUNS = Number(process.env.CABINET_CRASH_RUNS ?? 21);
const SEED = seedFrom('CABINET_CRASH_SEED');

test.serial(
  'nothing acknowledged is lost to a kill at a named place, and each is reached',
  async (t) => {
    t.timeout(600_000);
    t.log(`CABINET_CRASH_SEED=${SEED}${NO_MOUNT === undefined ? '' : `; no mounts: ${NO_MOUNT}`}`);
    await withFolder(async (folder) => {
      const random = createRandom(SEED);
      const places = placesOf(createScenarios(folder, NO_MOUNT === undefined));
      const expected = FAILPOINTS.filter(
        (name) => NO_MOUNT === undefined || !name.startsWith('mount:'),
      );
      t.deepEqual([...places.keys()].sort(), [...expected].sort());
      const tally = emptyTally();
      for (const [at, scenario] of places) {
        t.true(
          await killOnce(
            scenario,
            { at, time: firstVisit(at), patienceMs: PATIENCE_MAX_MS },
            random,
            tally,
          ),
          at,
        );
      }
      t.log(`${tally.kills} kills, ${tally.acknowledged} acknowledged operations`);
    });
  },
);

test.serial('nothing acknowledged is lost to a kill at a random moment', async (t) => {
  t.timeout(RUNS * 10_000 + 60_000);
  t.log(`CABINET_CRASH_SEED=${SEED}`);
  await withFolder(async (folder) => {
    const random = createRandom(SEED + 1);
    const scenarios = createScenarios(folder, NO_MOUNT === undefined);
    const tally = emptyTally();
    // Now and then a child has done its work before.
    for (let round = 0; tally.kills < RUNS && round < 2 * RUNS; round += 1) {
      const scenario = scenarios[round % scenarios.length] as Scenario;
      await killOnce(scenario, chooseMoment(scenario, random), random, tally);
    }
    t.log(`${tally.kills} kills, ${tally.acknowledged} acknowledged operations`);
    t.is(tally.kills, RUNS);
    t.true(tally.acknowledged > 0);
  });
});
