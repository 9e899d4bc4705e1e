/** Taking and giving up a lock, against the smallest write there is. */
import { cabinetName, openCabinet, type Volume } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import { fileName } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { rateMetrics } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const WRITES = `${cabinetName('normal')} writeFile of nothing`;
const OWN_LOCKS = `${cabinetName('normal')} lock and release`;
const ONE_LOCK = `${cabinetName('normal')} lock and release, all of one file`;
const WARM_UP = 500;

export const locksScenario: Scenario = {
  name: 'locks',
  about: 'lock and release against writeFile of an empty file, 1 and 64 callers',
  groups: ({ quick }) => [1, 64].map((callers) => locksGroup(callers, quick ? 2000 : 8000)),
};

function locksGroup(callers: number, count: number): Group {
  return {
    title: `lock and release, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    metrics: rateMetrics('rounds'),
    contenders: [
      contender(WRITES, callers, count, async ({ fs }, index) => {
        await fs.promises.writeFile(`/files/${fileName(index)}`, '');
      }),
      contender(OWN_LOCKS, callers, count, (volume, index) =>
        lockAndRelease(volume, `/locked/${fileName(index % WARM_UP)}`),
      ),
      ...(callers === 1
        ? []
        : [contender(ONE_LOCK, callers, count, (volume) => lockAndRelease(volume, '/locked'))]),
    ],
    goals: [
      {
        label: `lock and release, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
        of: [OWN_LOCKS, 'rate'],
        against: [WRITES, 'rate'],
        // Two commits against one.
        bound: { atLeast: 0.4 },
      },
    ],
  };
}

async function lockAndRelease(volume: Volume, path: string): Promise<void> {
  const lock = await volume.lock(path);
  await lock.release();
}

function contender(
  name: string,
  callers: number,
  count: number,
  round: (volume: Volume, index: number) => Promise<void>,
): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const { volume, close } = await openCabinet(folder);
      await volume.fs.promises.mkdir('/files');
      await volume.fs.promises.mkdir('/locked');
      await runCallers(64, WARM_UP, (index) =>
        volume.fs.promises.writeFile(`/locked/${fileName(index)}`, ''),
      );
      const stopwatch = startStopwatch();
      await runCallers(callers, count, (index) => round(volume, index));
      const rate = count / stopwatch.seconds();
      const { files, locks } = await volume.stats();
      verify(name === WRITES ? files === count + WARM_UP : locks === 0, 'the work was done');
      await close();
      return { rate, rateClosed: count / stopwatch.seconds() };
    },
  };
}
