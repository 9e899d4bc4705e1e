/** `stat` and `readFile` at the root and eight directories deep: what a longer path costs. */
import { cabinetName, openCabinet } from '../contenders/cabinet.js';
import { fixtureContender } from '../harness/fixture.js';
import type { Goal, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const FILES = 100;
const DEEP = '/one/two/three/four/five/six/seven';
const CABINET = cabinetName('normal');
/** The depths take turns, so that a pause of the machine hits both. */
const SLICES = 10;

type Call = (path: string) => unknown;

export const depthScenario: Scenario = {
  name: 'depth',
  about: 'paths of one and of eight names',
  groups: ({ quick }) => {
    const count = quick ? 10_000 : 50_000;
    return [
      {
        title: 'µs per call, by the names in the path',
        metrics: KINDS.flatMap((kind) => [
          { key: `${kind}1`, label: `${kind}, 1` },
          { key: `${kind}8`, label: `${kind}, 8` },
        ]),
        contenders: [
          fixtureContender(CABINET, openTree, async ({ volume }) => {
            const { fs } = volume;
            return {
              ...(await measure('statSync', count, (path) => fs.statSync(path))),
              ...(await measure('stat', count, (path) => fs.promises.stat(path))),
              ...(await measure('readFile', count, (path) => fs.promises.readFile(path))),
            };
          }),
        ],
        goals: KINDS.map(goalOf),
      },
    ];
  },
};

const KINDS = ['statSync', 'stat', 'readFile'] as const;

function goalOf(kind: string): Goal {
  return {
    label: `${kind}, a path of 8 names`,
    of: [CABINET, `${kind}8`],
    against: [CABINET, `${kind}1`],
    unit: 'of a path of 1',
    bound: { atMost: 1.5 },
  };
}

async function openTree(folder: string): ReturnType<typeof openCabinet> {
  const files = await openCabinet(folder);
  await files.fs.mkdir(DEEP, { recursive: true });
  for (let index = 0; index < FILES; index += 1) {
    for (const directory of ['', DEEP]) await files.fs.writeFile(`${directory}/f${index}`, 'x');
  }
  return files;
}

async function measure(kind: string, count: number, call: Call): Promise<Readings> {
  const seconds = { 1: 0, 8: 0 };
  for (let slice = 0; slice < SLICES; slice += 1) {
    for (const names of [1, 8] as const) {
      const directory = names === 1 ? '' : DEEP;
      const stopwatch = startStopwatch();
      for (let step = 0; step < count / SLICES; step += 1) {
        const answer = call(`${directory}/f${step % FILES}`);
        // Awaiting what is no promise would cost the synchronous call a turn.
        verify((answer instanceof Promise ? await answer : answer) !== undefined, 'an answer');
      }
      seconds[names] += stopwatch.seconds();
    }
  }
  return {
    [`${kind}1`]: (seconds[1] / count) * 1e6,
    [`${kind}8`]: (seconds[8] / count) * 1e6,
  };
}
