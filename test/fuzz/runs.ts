/**
 * How long random runs are, and how they are repeated.
 *
 *   CABINETFS_FUZZ_RUNS=50    so many times as many runs as in CI
 *   CABINETFS_FUZZ_SEED=123   the runs of this seed; every run prints its own
 */
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { seedFrom } from '../support/random.js';

const FACTOR = Number(process.env.CABINETFS_FUZZ_RUNS ?? 1);
/** Shrinking what failed ends here; the smallest found so far is reported. */
const SHRINK_MS_MAX = 60_000;
const RUN_MS_MAX = 300_000;

/** Checks a property with `runs` generated values, and first with the `kept` ones that failed before. */
export async function fuzz<T>(
  t: ExecutionContext,
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  check: (value: T) => Promise<void>,
  kept: readonly T[] = [],
): Promise<void> {
  const seed = seedFrom('CABINETFS_FUZZ_SEED') | 0;
  const numRuns = Math.ceil(runs * FACTOR);
  t.timeout(RUN_MS_MAX * Math.max(1, FACTOR) + SHRINK_MS_MAX);
  t.log(`seed ${seed}: ${numRuns} runs`);
  let failedAtMs = 0;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    // After a failure only as long as it may be made smaller.
    if (failedAtMs > 0 && performance.now() - failedAtMs > SHRINK_MS_MAX) return;
    try {
      await check(value);
    } catch (error) {
      failedAtMs ||= performance.now();
      throw error;
    }
  });
  const examples = kept.map((value): [T] => [value]);
  const details = await fc.check(property, { seed, numRuns, examples });
  if (details.failed)
    t.fail(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
  else t.pass();
}
