/**
 * Random sequences of operations on the real filesystem and on a volume, step by step.
 *
 * `CABINET_MODEL_SEED` repeats a run, `CABINET_MODEL_RUNS` sets how many sequences are played.
 */
import test from 'ava';
import fc from 'fast-check';
import { diskSubject, testedSubject } from '../support/subject.js';
import { playOnBoth } from './compare.js';
import { KEPT_SEQUENCES } from './kept-sequences.js';
import { step } from './step.js';

const RUNS_DEFAULT = 60;
const STEPS_MAX = 120;
/** Shrinking a failure ends here, in milliseconds; the smallest one found so far is reported. */
const SHRINK_MS_MAX = 120_000;

function fromEnvironment(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${name} must be an integer: ${text}`);
  return value;
}

test('random sequences do on a volume what they do on the real filesystem', async (t) => {
  t.timeout(2 * SHRINK_MS_MAX);
  const seed = fromEnvironment('CABINET_MODEL_SEED', Math.floor(Math.random() * 2 ** 31));
  const numRuns = fromEnvironment('CABINET_MODEL_RUNS', RUNS_DEFAULT);
  let played = 0;
  let playing: Promise<void> = Promise.resolve();
  const sequence = fc.array(step, { minLength: 1, maxLength: STEPS_MAX, size: 'max' });
  const [oracle, tested] = [await diskSubject(), await testedSubject()];
  try {
    const property = fc.asyncProperty(sequence, async (steps) => {
      played += steps.length;
      playing = playOnBoth(oracle, tested, steps);
      await playing;
    });
    await fc.assert(property, {
      seed,
      numRuns,
      interruptAfterTimeLimit: SHRINK_MS_MAX,
      includeErrorInReport: true,
    });
    t.pass();
  } finally {
    t.log(`seed ${seed}: ${played} steps in ${numRuns} sequences`);
    // The time limit leaves a sequence behind that is still being played.
    await playing.catch(() => undefined);
    await oracle.dispose();
    await tested.dispose();
  }
});

for (const [title, steps] of Object.entries(KEPT_SEQUENCES)) {
  test(`kept sequence: ${title}`, async (t) => {
    const [oracle, tested] = [await diskSubject(), await testedSubject()];
    try {
      await t.notThrowsAsync(playOnBoth(oracle, tested, steps));
    } finally {
      await oracle.dispose();
      await tested.dispose();
    }
  });
}
