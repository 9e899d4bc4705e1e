/** One worker: works in a directory of its own and on what is shared, until its shift is over. */
import { createRandom } from '../support/random.js';
import type { NodeFs, Volume } from '../support/subject.js';
import { OwnTree } from './own-tree.js';
import { NO_TALLY, type SharedTally, SharedTree } from './shared-tree.js';

export interface Shift {
  /** Names the worker's directory. */
  readonly name: string;
  readonly seed: number;
  readonly ms: number;
  /** Not 0: everybody ends as soon as they can. */
  readonly stop: Int32Array;
}

export interface ShiftReport {
  readonly steps: number;
  readonly tally: SharedTally;
}

/** Steps between two comparisons of all that the worker has. */
const STEPS_PER_LOOK = 400;
const SHARED_SHARE = 0.15;

/** Every step is an operation or a few; throws where an answer is not what it must be. */
export async function workShift(
  { name, seed, ms, stop }: Shift,
  fs: NodeFs,
  root: string,
  volume?: Volume,
): Promise<ShiftReport> {
  const random = createRandom(seed);
  const own = new OwnTree(fs, `${root}/${name}`, random);
  const shared = volume && new SharedTree(volume, `${name}.${seed}`, random);
  const endsAt = performance.now() + ms;
  await own.begin();
  const watcher = volume?.fs.watch(`/${name}`, { recursive: true }, () => {
    if (shared !== undefined) shared.tally.events += 1;
  });
  const unsubscribe = await volume?.subscribe(() => undefined);
  let steps = 0;
  try {
    for (; performance.now() < endsAt && Atomics.load(stop, 0) === 0; steps += 1) {
      if (shared !== undefined && random() < SHARED_SHARE) await shared.step();
      else await own.step();
      if (steps % STEPS_PER_LOOK === STEPS_PER_LOOK - 1) await own.verify();
    }
    await own.verify();
  } finally {
    watcher?.close();
    unsubscribe?.();
  }
  await own.end();
  return { steps, tally: shared?.tally ?? NO_TALLY };
}
