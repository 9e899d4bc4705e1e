/** A short soak, with all that the long one has; `npm run soak` runs it for as long as is wanted. */
import test from 'ava';
import { seedFrom } from '../support/random.js';
import { runSoak } from './run.js';
import { isTooSteep, trendOf } from './slope.js';

const SECONDS = 20;

test('threads and processes on one volume: every answer right, nothing grows, nothing stays', async (t) => {
  t.timeout(240_000);
  const seed = seedFrom('CABINETFS_SOAK_SEED');
  t.log(`seed ${seed}`);
  const report = await runSoak({ seconds: SECONDS, threads: 8, processes: 3, seed });
  const { steps, shifts, checks, tally, tooSteep } = report;
  t.log(`${steps} steps in ${shifts} shifts, ${checks} checks, ${JSON.stringify(tally)}`);
  t.deepEqual(tooSteep, []);
  t.true(checks > 0);
  for (const count of [tally.increments, tally.transfers, tally.taken, tally.events]) {
    t.true(count > 0);
  }
});

test('the slope is that of the line through the samples', (t) => {
  const rising = [0, 1, 2, 3].map((seconds) => ({ seconds, value: 5 + 2 * seconds }));
  const trend = trendOf(rising);
  t.is(trend.perHour, 7200);
  t.is(trend.growth, 6);
  const noisy = [5, 7, 5, 7, 5].map((value, seconds) => ({ seconds, value }));
  t.is(trendOf(noisy).perHour, 0);
  t.is(trend.error, 0);
  const unsure = [0, 9, 0, 9, 3].map((value, seconds) => ({ seconds, value }));
  t.false(isTooSteep(trendOf(unsure), 10, 1), 'it may be chance');
  t.true(isTooSteep(trend, 7000, 5));
  t.false(isTooSteep(trend, 7000, 7), 'too little to tell');
  t.false(isTooSteep(trend, 8000, 5), 'slow enough');
});
