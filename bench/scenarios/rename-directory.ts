/** `rename` of a directory of 10 and of 10,000 entries: what it holds must not matter. */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { fixtureContender } from '../harness/fixture.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { fillDirectory } from './filled-directory.js';

const payload = payloadOf(100);
const FEW = 10;
const MANY = 10_000;
const RENAMES = 1000;
/** The sizes take turns, so that a pause of the machine hits both. */
const SLICES = 10;
const CABINET = cabinetName('normal');

export const renameDirectoryScenario: Scenario = {
  name: 'rename-directory',
  about: 'rename of a directory of 10 and of 10,000 entries',
  groups: () => [
    {
      title: 'rename of a directory, 1 caller',
      metrics: [
        { key: 'few', label: `µs with ${FEW} entries` },
        { key: 'many', label: `µs with ${MANY} entries` },
      ],
      contenders: [
        contender(NODE_PROMISES, openNodeFiles),
        contender(CABINET, cabinetOpener('normal')),
      ],
      goals: [
        {
          label: `rename of a directory of ${MANY} entries, time`,
          of: [CABINET, 'many'],
          against: [CABINET, 'few'],
          unit: `of one of ${FEW}`,
          bound: { atMost: 1.2 },
        },
      ],
    },
  ],
};

function contender(name: string, open: OpenFiles): Contender {
  return fixtureContender(
    name,
    async (folder) => {
      const files = await open(folder);
      await fillDirectory(files, 'few-0', FEW, payload);
      await fillDirectory(files, 'many-0', MANY, payload);
      return files;
    },
    async ({ fs, root }) => {
      const seconds = { few: 0, many: 0 };
      for (let slice = 0; slice < SLICES; slice += 1) {
        for (const kind of ['few', 'many'] as const) {
          const stopwatch = startStopwatch();
          // There and back, so that every round begins with the same names.
          for (let index = 0; index < RENAMES / SLICES; index += 1) {
            await fs.rename(`${root}/${kind}-${index % 2}`, `${root}/${kind}-${(index + 1) % 2}`);
          }
          seconds[kind] += stopwatch.seconds();
        }
      }
      const content = await fs.readFile(`${root}/many-0/${fileName(MANY - 1)}`);
      verify(payload.of(MANY - 1).equals(content), 'the directory kept its files');
      const perRename = 1e6 / RENAMES;
      return { few: seconds.few * perRename, many: seconds.many * perRename };
    },
  );
}
