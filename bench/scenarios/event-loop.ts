/** How late the event loop runs (p99) while 1,024 callers write 10 KB files. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import {
  NODE_PROMISES,
  NODE_PROMISES_SYNCED,
  openNodeFiles,
  openSyncedNodeFiles,
} from '../contenders/node-promises.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const CALLERS = 1024;
const payload = payloadOf(10_240);

export const eventLoopScenario: Scenario = {
  name: 'event-loop',
  about: 'event-loop delay p99 while 1,024 callers write',
  groups: ({ quick }) => {
    const count = quick ? 15_000 : 40_000;
    return [
      {
        title: `event-loop delay while ${CALLERS} callers write ${count} files of 10 KB`,
        metrics: [
          { key: 'p99', label: 'p99 ms' },
          { key: 'p50', label: 'p50 ms' },
          { key: 'max', label: 'max ms' },
          { key: 'rate', label: 'files/s' },
        ],
        contenders: [
          contender(NODE_PROMISES, openNodeFiles, count),
          contender(NODE_PROMISES_SYNCED, openSyncedNodeFiles, count),
          contender(cabinetName('normal'), cabinetOpener('normal'), count),
          contender(cabinetName('full'), cabinetOpener('full'), count),
        ],
        goals: [
          goal('normal', NODE_PROMISES),
          goal('full', NODE_PROMISES),
          goal('full', NODE_PROMISES_SYNCED),
        ],
      },
    ];
  },
};

function goal(durability: 'normal' | 'full', against: string): Goal {
  return {
    label: `event-loop delay p99, ${CALLERS} callers writing, ${durability}`,
    of: [cabinetName(durability), 'p99'],
    against: [against, 'p99'],
    bound: { atMost: 1 },
  };
}

function contender(name: string, open: OpenFiles, count: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const { fs, root, close } = await open(folder);
      await fs.mkdir(`${root}/files`);
      // A timer of 1 ms: an idle loop shows a little over 1 ms, for every contender alike.
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const stopwatch = startStopwatch();
      await runCallers(CALLERS, count, (index) =>
        fs.writeFile(`${root}/files/${fileName(index)}`, payload.of(index)),
      );
      const seconds = stopwatch.seconds();
      delay.disable();
      verify((await fs.readdir(`${root}/files`)).length === count, 'every file is there');
      await close();
      return {
        p99: delay.percentile(99) / 1e6,
        p50: delay.percentile(50) / 1e6,
        max: delay.max / 1e6,
        rate: count / seconds,
      };
    },
  };
}
