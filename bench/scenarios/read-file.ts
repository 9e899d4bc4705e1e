/** `readFile` of 10 KB in no order: one caller who awaits each. */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { PLAIN_TREE } from '../contenders/plain-tree.js';
import { type Closable, fixtureContender } from '../harness/fixture.js';
import { fileName, type Payload, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Group, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled, openFilledPlain, openFilledTree, scattered } from './filled-directory.js';

const SIZE_BYTES = 10_240;
const payload = payloadOf(SIZE_BYTES);
const PLAIN_GET = 'plain get';
const CABINET = cabinetName('normal');

export const readFileScenario: Scenario = {
  name: 'read-file',
  about: 'readFile of 10 KB, one caller',
  groups: ({ quick }) => [readGroup(quick ? 2000 : 10_000)],
};

function readGroup(count: number): Group {
  const label = 'readFile 10 KB, 1 caller';
  return {
    title: label,
    metrics: [{ key: 'rate', label: 'files/s' }],
    contenders: [
      plainContender(PLAIN_GET, openFilledPlain, count),
      plainContender(PLAIN_TREE, openFilledTree, count),
      asyncContender(NODE_PROMISES, openNodeFiles, count),
      asyncContender(CABINET, cabinetOpener('normal'), count),
    ],
    goals: [
      goal(label, PLAIN_GET, 0.7),
      goal(label, PLAIN_TREE, 0.7),
      goal(label, NODE_PROMISES, 2),
    ],
  };
}

function goal(label: string, against: string, atLeast: number): Goal {
  return { label, of: [CABINET, 'rate'], against: [against, 'rate'], bound: { atLeast } };
}

interface Reader extends Closable {
  get(name: string): Buffer | undefined;
}

function plainContender<T extends Reader>(
  name: string,
  open: (folder: string, count: number, payload: Payload) => T,
  count: number,
): Contender {
  const at = scattered(count);
  return fixtureContender(
    name,
    async (folder) => open(folder, count, payload),
    async (files) => {
      const stopwatch = startStopwatch();
      for (let step = 0; step < count; step += 1) {
        const content = files.get(fileName(at(step)));
        verify(content?.length === SIZE_BYTES, 'the rows have all bytes');
      }
      return { rate: count / stopwatch.seconds() };
    },
  );
}

function asyncContender(name: string, open: OpenFiles, count: number): Contender {
  const at = scattered(count);
  return fixtureContender(
    name,
    (folder) => openFilled(open, folder, count, payload),
    async ({ fs, root }) => {
      const stopwatch = startStopwatch();
      for (let step = 0; step < count; step += 1) {
        const content = await fs.readFile(`${root}/files/${fileName(at(step))}`);
        verify(content.length === SIZE_BYTES, 'the file has all bytes');
      }
      const rate = count / stopwatch.seconds();
      const content = await fs.readFile(`${root}/files/${fileName(1)}`);
      verify(payload.of(1).equals(content), 'the content is what was written');
      return { rate };
    },
  );
}
