/**
 * Damages a volume and its log in every way, systematically, and uses what is left: nothing crashes or
 * hangs, and no content comes out that was never written.
 *
 * CABINET_CORRUPTION=3000 tries so many instead of a few dozen (docs/reliability.md has such a run),
 * CABINET_CORRUPTION_SEED others, and CABINET_CORRUPTION_KIND of the database only those
 * of a kind (a regular expression).
 */
import { availableParallelism } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { withFolder } from '../support/temporary-volume.js';
import {
  type Campaign,
  type CampaignResult,
  runCampaign,
  tableOf,
  targetBytes,
} from './campaign.js';
import { choose, databaseMutations, logMutations, METADATA_BIT } from './mutations.js';
import { makeClosedSample, makeLoggedSample } from './sample.js';

const GIVEN = Number(process.env.CABINET_CORRUPTION ?? 0);
const SEED = Number(process.env.CABINET_CORRUPTION_SEED ?? 27);
const KIND = new RegExp(process.env.CABINET_CORRUPTION_KIND ?? '');
/** Of a run that CI makes: about half a minute on two cores. */
const TRIALS = { database: 44, log: 16 } as const;
const LONG_EVERY = 8;
const PROCESSES_MAX = 2;

async function campaign(target: Campaign['target'], count: number): Promise<CampaignResult> {
  return withFolder(async (folder) => {
    const sample = await (target === 'log' ? makeLoggedSample(folder) : makeClosedSample(folder));
    const length = targetBytes(sample, target);
    const { metadataPages = [] } = sample;
    const randomCount = GIVEN > 0 ? GIVEN : 200;
    const make = target === 'log' ? logMutations : databaseMutations;
    const all = make({ length, seed: SEED, randomCount, metadataPages });
    const mutations = choose(
      all.filter(({ kind }) => target === 'log' || KIND.test(kind)),
      count,
      SEED,
    );
    const processes = Math.min(PROCESSES_MAX, availableParallelism());
    const options = { sample, target, mutations, seed: SEED, randomCount, folder, processes };
    return runCampaign({ ...options, longEvery: LONG_EVERY });
  });
}

function assertHarmless(
  t: ExecutionContext,
  { trials, fatal }: CampaignResult,
  count: number,
): void {
  for (const line of tableOf(trials)) t.log(line);
  t.deepEqual(fatal, [], 'nothing crashes, hangs, or fails with an error that is none of ours');
  t.is(trials.length, count);
  const wrong = trials.filter(({ outcome }) => outcome.startsWith('wrong content'));
  for (const { name, detail, outcome } of wrong) t.log(`${outcome}: ${name}: ${detail}`);
  // A page that is an older one again may do it, and so it may be in a long run.
  t.true(wrong.length <= (GIVEN > 0 ? count / 100 : 0), `${wrong.length} times wrong content`);
  const bits = trials.filter(({ kind }) => kind === METADATA_BIT);
  const unnoticed = bits.filter(({ outcome }) => outcome.startsWith('wrong'));
  t.deepEqual(unnoticed, [], 'every turned bit of a row shows in its sum');
}

/** Of a log that is damaged in the middle, salvage may give a file as it was before. */
function assertSalvageIsRight(
  t: ExecutionContext,
  { trials }: CampaignResult,
  count: number,
): void {
  const wrong = trials.filter(({ wrongSalvaged }) => wrongSalvaged.length > 0);
  t.true(wrong.length <= (GIVEN > 0 ? count / 100 : 0), JSON.stringify(wrong));
}

test.serial('a damaged database file never gives content that was not written', async (t) => {
  t.timeout(GIVEN > 0 ? 7_200_000 : 600_000);
  const count = GIVEN > 0 ? GIVEN : TRIALS.database;
  const result = await campaign('database', count);
  assertHarmless(t, result, count);
  assertSalvageIsRight(t, result, count);
});

test.serial('a damaged log never gives content that was not written', async (t) => {
  t.timeout(GIVEN > 0 ? 7_200_000 : 600_000);
  const count = GIVEN > 0 ? Math.min(GIVEN, 600) : TRIALS.log;
  assertHarmless(t, await campaign('log', count), count);
});
