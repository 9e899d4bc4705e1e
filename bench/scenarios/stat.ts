/** `stat` of the files of a directory of 10,000 in no order: one caller who awaits each. */
import { statSync } from 'node:fs';
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { fixtureContender } from '../harness/fixture.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled, openFilledPlain, scattered } from './filled-directory.js';

const COUNT = 10_000;
const SIZE_BYTES = 1024;
const payload = payloadOf(SIZE_BYTES);
const CABINET = cabinetName('normal');
const at = scattered(COUNT);

export const statScenario: Scenario = {
  name: 'stat',
  about: 'stat of files in a directory of 10,000, one caller',
  groups: () => [
    {
      title: 'stat, 1 caller',
      metrics: [{ key: 'rate', label: 'stats/s' }],
      contenders: [
        plainContender(),
        syncContender(),
        asyncContender(NODE_PROMISES, openNodeFiles),
        asyncContender(CABINET, cabinetOpener('normal')),
      ],
      goals: [
        {
          label: 'stat, 1 caller',
          of: [CABINET, 'rate'],
          against: [NODE_PROMISES, 'rate'],
          bound: { atLeast: 1.5 },
        },
      ],
    },
  ],
};

function asyncContender(name: string, open: OpenFiles): Contender {
  return fixtureContender(
    name,
    (folder) => openFilled(open, folder, COUNT, payload),
    async ({ fs, root }) => {
      const stopwatch = startStopwatch();
      for (let step = 0; step < COUNT; step += 1) {
        const stats = await fs.stat(`${root}/files/${fileName(at(step))}`);
        verify(stats.size === SIZE_BYTES, 'stat gives the size');
      }
      return { rate: COUNT / stopwatch.seconds() };
    },
  );
}

function syncContender(): Contender {
  return fixtureContender(
    'node:fs sync',
    (folder) => openFilled(openNodeFiles, folder, COUNT, payload),
    async ({ root }) => {
      const stopwatch = startStopwatch();
      for (let step = 0; step < COUNT; step += 1) {
        const { size } = statSync(`${root}/files/${fileName(at(step))}`);
        verify(size === SIZE_BYTES, 'stat gives the size');
      }
      return { rate: COUNT / stopwatch.seconds() };
    },
  );
}

function plainContender(): Contender {
  return fixtureContender(
    'plain length(data)',
    async (folder) => openFilledPlain(folder, COUNT, payload),
    async (files) => {
      const stopwatch = startStopwatch();
      for (let step = 0; step < COUNT; step += 1) {
        const size = files.size(fileName(at(step)));
        verify(size === SIZE_BYTES, 'the row has its size');
      }
      return { rate: COUNT / stopwatch.seconds() };
    },
  );
}
