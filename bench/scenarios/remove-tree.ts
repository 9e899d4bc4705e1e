/** `rm` recursive of a tree of directories of 100 files each; on the disk by Node, and by `rm -rf`. */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { runChild } from '../harness/child.js';
import { payloadOf } from '../harness/payload.js';
import { type Contender, type Readings, rateMetrics, type Scenario } from '../harness/scenario.js';
import { settle } from '../harness/settle.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { fillDirectory } from './filled-directory.js';

const FILES_PER_DIRECTORY = 100;
const payload = payloadOf(10_240);
const CABINET = cabinetName('normal');
const RM = 'rm -rf';

export const removeTreeScenario: Scenario = {
  name: 'remove-tree',
  about: 'rm recursive of a tree of 10 KB files',
  groups: ({ quick }) => {
    const directories = quick ? 20 : 1000;
    return [
      {
        title: `rm recursive, ${directories * FILES_PER_DIRECTORY} files`,
        metrics: rateMetrics('files'),
        contenders: [
          contender(NODE_PROMISES, openNodeFiles, directories),
          contender(RM, openNodeFiles, directories, rmProgram),
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
            label: 'rm recursive',
            of: [CABINET, 'rate'],
            against: [RM, 'rate'],
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

type Remove = (files: AsyncFiles, path: string) => Promise<unknown>;

const byCall: Remove = async ({ fs }, path) => await fs.rm(path, { recursive: true });
const rmProgram: Remove = async (_files, path) => await runChild('rm', ['-rf', path]);

function contender(
  name: string,
  open: OpenFiles,
  directories: number,
  remove: Remove = byCall,
): Contender {
  const count = directories * FILES_PER_DIRECTORY;
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const fill = await open(folder);
      await fillTree(fill, directories);
      await fill.close();
      settle(folder);
      const files = await open(folder);
      const { fs, root, close } = files;
      const stopwatch = startStopwatch();
      await remove(files, `${root}/tree`);
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
