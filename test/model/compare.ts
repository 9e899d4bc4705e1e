/** Plays one sequence on the oracle and on the tested filesystem, and throws where they part. */
import { isDeepStrictEqual } from 'node:util';
import type { Subject } from '../support/subject.js';
import { Player } from './player.js';
import type { Step } from './step.js';

/** Steps between two comparisons of the whole tree. */
const STEPS_PER_TREE = 25;

let sequences = 0;

/** Compares every outcome, the tree every now and then, and the tree again after the last close. */
export async function playOnBoth(
  oracle: Subject,
  tested: Subject,
  steps: readonly Step[],
): Promise<void> {
  sequences += 1;
  const name = `sequence-${sequences}`;
  const [expected, actual] = [new Player(oracle, name), new Player(tested, name)];
  await Promise.all([expected.begin(), actual.begin()]);
  try {
    for (const [index, step] of steps.entries()) {
      const wanted = await expected.play(step, index);
      assertSame(await actual.play(step, index), wanted, `step ${index}: ${JSON.stringify(step)}`);
      if (index % STEPS_PER_TREE === STEPS_PER_TREE - 1) {
        assertSame(await actual.tree(), await expected.tree(), `tree after step ${index}`);
      }
    }
    await Promise.all([expected.closeAll(), actual.closeAll()]);
    assertSame(await actual.tree(), await expected.tree(), 'tree at the end');
    // A volume checks itself before it is closed.
    await tested.reopen();
    assertSame(await actual.tree(), await expected.tree(), 'tree after opening again');
  } finally {
    await Promise.allSettled([expected.end(), actual.end()]);
  }
}

function assertSame(actual: unknown, expected: unknown, where: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const show = (value: unknown): string => JSON.stringify(value, undefined, 1);
  throw new Error(`${where}\nexpected ${show(expected)}\nactual ${show(actual)}`);
}
