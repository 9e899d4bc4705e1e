/** What checking arguments and making the step costs, as a part of a `statSync`. */
import { cabinetName } from '../contenders/cabinet.js';
import { openCabinetSync, type SyncFiles } from '../contenders/sync-files.js';
import { fixtureContender } from '../harness/fixture.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled, scattered } from './filled-directory.js';

const COUNT = 1000;
const STEPS = 50_000;
const WHOLE = `${cabinetName('normal')} statSync`;
const CHECK = 'arguments alone';
const at = scattered(COUNT);

export const syncArgumentsScenario: Scenario = {
  name: 'sync-arguments',
  about: 'argument checking as a part of statSync',
  groups: () => [
    {
      title: 'arguments of statSync',
      metrics: [{ key: 'microseconds', label: 'µs per call' }],
      contenders: [
        contender(
          WHOLE,
          async ({ all }) =>
            (path) =>
              all.statSync(path),
        ),
        contender(CHECK, checker),
      ],
      goals: [
        {
          label: 'arguments of statSync',
          of: [CHECK, 'microseconds'],
          against: [WHOLE, 'microseconds'],
          bound: { atMost: 0.1 },
        },
      ],
    },
  ],
};

/** Makes the step and leaves it. */
async function checker(): Promise<(path: string) => unknown> {
  const { stat } = await import('#src/fs/calls/metadata.js');
  const environment = { facts: { dev: 1, chunkSizeBytes: 65_536 } } as never;
  return (path) => stat(environment, path);
}

function contender(
  name: string,
  make: (files: SyncFiles) => Promise<(path: string) => unknown>,
): Contender {
  return fixtureContender(
    name,
    (folder) => openFilled(openCabinetSync, folder, COUNT, payloadOf(100)),
    async (files) => {
      const call = await make(files);
      const paths = Array.from({ length: COUNT }, (_, index) => `/files/${fileName(index)}`);
      const stopwatch = startStopwatch();
      let last: unknown;
      for (let step = 0; step < STEPS; step += 1) last = call(paths[at(step)] as string);
      const microseconds = (stopwatch.seconds() * 1e6) / STEPS;
      verify(last !== undefined, 'every call gave something');
      return { microseconds };
    },
  );
}
