/** How `writeFile` grows with the number of callers: the curve between one and 1,024. */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import {
  NODE_PROMISES,
  NODE_PROMISES_SYNCED,
  openNodeFiles,
  openSyncedNodeFiles,
} from '../contenders/node-promises.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { warmUp } from './filled-directory.js';

const CALLERS = [1, 2, 4, 16, 64, 256, 1024] as const;
/** Whoever is alone needs fewer files for as long a run. */
const FEW_CALLERS = 4;
const payload = payloadOf(10_240);

export const callersScenario: Scenario = {
  name: 'callers',
  about: 'writeFile of 10 KB with 1 to 1,024 callers',
  groups: ({ quick }) => [
    {
      title: 'writeFile 10 KB, files/s by callers',
      metrics: CALLERS.map((callers) => ({ key: String(callers), label: String(callers) })),
      contenders: [
        contender(cabinetName('normal'), cabinetOpener('normal'), quick),
        contender(cabinetName('interval'), cabinetOpener('interval'), quick),
        contender(cabinetName('full'), cabinetOpener('full'), quick),
        contender(NODE_PROMISES, openNodeFiles, quick),
        contender(NODE_PROMISES_SYNCED, openSyncedNodeFiles, quick),
      ],
      goals: [],
    },
  ],
};

function contender(name: string, open: OpenFiles, quick: boolean): Contender {
  const most = quick ? 2000 : 8000;
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      await warmUp(files, payload);
      const readings: Record<string, number> = {};
      for (const callers of CALLERS) {
        const count = callers <= FEW_CALLERS ? most / 4 : most;
        readings[callers] = await rateOf(files, callers, count);
      }
      await files.close();
      return readings;
    },
  };
}

async function rateOf({ fs, root }: AsyncFiles, callers: number, count: number): Promise<number> {
  const directory = `${root}/callers-${callers}`;
  await fs.mkdir(directory);
  const stopwatch = startStopwatch();
  await runCallers(callers, count, async (index) => {
    await fs.writeFile(`${directory}/${fileName(index)}`, payload.of(index));
  });
  const rate = count / stopwatch.seconds();
  verify((await fs.readdir(directory)).length === count, `${count} files are there`);
  return rate;
}
