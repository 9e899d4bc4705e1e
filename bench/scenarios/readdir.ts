/** Listing a directory of 10,000 entries with their types, and `stat` of every one of them. */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { fixtureContender } from '../harness/fixture.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled } from './filled-directory.js';

const COUNT = 10_000;
const SIZE_BYTES = 1024;
const payload = payloadOf(SIZE_BYTES);
const CABINET = cabinetName('normal');

export const readdirScenario: Scenario = {
  name: 'readdir',
  about: 'readdir with types and stat of every entry, in a directory of 10,000',
  groups: () => [
    {
      title: 'readdir withFileTypes + stat of 10,000 entries',
      metrics: [
        { key: 'inTurn', label: 'entries/s, one stat after another' },
        { key: 'atOnce', label: 'entries/s, all stats at once' },
      ],
      contenders: [
        contender(NODE_PROMISES, openNodeFiles),
        contender(CABINET, cabinetOpener('normal')),
      ],
      goals: [goal('one stat after another', 'inTurn'), goal('all stats at once', 'atOnce')],
    },
  ],
};

function goal(manner: string, metric: string): Goal {
  return {
    label: `readdir + stat of 10,000, ${manner}`,
    of: [CABINET, metric],
    against: [NODE_PROMISES, metric],
    bound: { atLeast: 4 },
  };
}

function contender(name: string, open: OpenFiles): Contender {
  return fixtureContender(
    name,
    (folder) => openFilled(open, folder, COUNT, payload),
    async (files) => {
      let stopwatch = startStopwatch();
      await statInTurn(files);
      const inTurn = COUNT / stopwatch.seconds();
      stopwatch = startStopwatch();
      await statAtOnce(files);
      return { inTurn, atOnce: COUNT / stopwatch.seconds() };
    },
  );
}

async function statInTurn(files: AsyncFiles): Promise<void> {
  for (const name of await list(files)) {
    const { size } = await files.fs.stat(`${files.root}/files/${name}`);
    verify(size === SIZE_BYTES, 'stat gives the size');
  }
}

async function statAtOnce(files: AsyncFiles): Promise<void> {
  const names = await list(files);
  const all = await Promise.all(
    names.map(async (name) => await files.fs.stat(`${files.root}/files/${name}`)),
  );
  verify(
    all.every(({ size }) => size === SIZE_BYTES),
    'stat gives the sizes',
  );
}

async function list({ fs, root }: AsyncFiles): Promise<string[]> {
  const entries = await fs.readdir(`${root}/files`, { withFileTypes: true });
  verify(entries.length === COUNT, 'every entry is listed');
  verify(
    entries.every((entry) => entry.isFile()),
    'every entry is a file',
  );
  return entries.map(({ name }) => name);
}
