/** `rm` recursive of a tree of directories of 100 files each. */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { payloadOf } from '../harness/payload.js';
import { type Contender, type Readings, rateMetrics, type Scenario } from '../harness/scenario.js';
import { settle } from '../harness/settle.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { fillDirectory } from './filled-directory.js';

const FILES_PER_DIRECTORY = 100;
const payload = payloadOf(10_240);
const CABINET = cabinetName('normal');

export const removeTreeScenario: Scenario = {
  name: 'remove-tree',
  about: 'rm recursive of a tree of 10 KB files',
  groups: ({ quick }) => {
    const directories = quick ? 20 : 100;
    return [
      {
        title: `rm recursive, ${directories * FILES_PER_DIRECTORY} files`,
        metrics: rateMetrics('files'),
        contenders: [
          contender(NODE_PROMISES, openNodeFiles, directories),
          contender(CABINET, cabinetOpener('normal'), directories),
        ],
        goals: [
          {
            label: 'rm recursive',
            of: [CABINET, 'rate'],
            against: [NODE_PROMISES, 'rate'],
            bound: { atLeast: 5 },
          },
          {
            label: 'rm recursive, with close',
            of: [CABINET, 'rateClosed'],
            against: [NODE_PROMISES, 'rateClosed'],
            bound: { atLeast: 5 },
          },
        ],
      },
    ];
  },
};

function contender(name: string, open: OpenFiles, directories: number): Contender {
  const count = directories * FILES_PER_DIRECTORY;
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const fill = await open(folder);
      await fillTree(fill, directories);
      await fill.close();
      settle(folder);
      const { fs, root, close } = await open(folder);
      const stopwatch = startStopwatch();
      await fs.rm(`${root}/tree`, { recursive: true });
      const rate = count / stopwatch.seconds();
      const after = await fs.stat(`${root}/tree`).catch((error: NodeJS.ErrnoException) => error);
      verify('code' in after && after.code === 'ENOENT', 'the tree is gone');
      await close();
      return { rate, rateClosed: count / stopwatch.seconds() };
    },
  };
}

async function fillTree(files: AsyncFiles, directories: number): Promise<void> {
  for (let index = 0; index < directories; index += 1) {
    await fillDirectory(files, `tree/directory-${index}`, FILES_PER_DIRECTORY, payload);
  }
}
