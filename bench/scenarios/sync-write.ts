/** `writeFileSync` against plain better-sqlite3 that commits each write on the calling thread. */
import { cabinetName } from '../contenders/cabinet.js';
import { openPlainFiles, PLAIN_EACH } from '../contenders/plain-sqlite.js';
import {
  NODE_SYNC,
  type OpenSyncFiles,
  openCabinetSync,
  openNodeSync,
} from '../contenders/sync-files.js';
import { fileName, payloadOf } from '../harness/payload.js';
import { type Contender, type Readings, rateMetrics, type Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { WARM_UP_COUNT } from './filled-directory.js';

const payload = payloadOf(10_240);
const CABINET = cabinetName('normal');

export const syncWriteScenario: Scenario = {
  name: 'sync-write',
  about: 'writeFileSync of 10 KB, one after the other',
  groups: ({ quick }) => {
    const count = quick ? 2000 : 8000;
    return [
      {
        title: 'writeFileSync 10 KB',
        metrics: rateMetrics('files'),
        contenders: [
          plainContender(count),
          syncContender(NODE_SYNC, openNodeSync, count),
          syncContender(CABINET, openCabinetSync, count),
        ],
        goals: [
          {
            label: 'writeFileSync 10 KB',
            of: [CABINET, 'rate'],
            against: [PLAIN_EACH, 'rate'],
            bound: { atLeast: 0.5 },
          },
        ],
      },
    ];
  },
};

function syncContender(name: string, open: OpenSyncFiles, count: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      const { all, root } = files;
      all.mkdirSync(`${root}/warm-up`);
      for (let index = 0; index < WARM_UP_COUNT; index += 1) {
        all.writeFileSync(`${root}/warm-up/${fileName(index)}`, payload.of(index));
      }
      all.mkdirSync(`${root}/files`);
      const stopwatch = startStopwatch();
      for (let index = 0; index < count; index += 1) {
        all.writeFileSync(`${root}/files/${fileName(index)}`, payload.of(index));
      }
      const rate = count / stopwatch.seconds();
      verify(all.readdirSync(`${root}/files`).length === count, 'every file is there');
      await files.close();
      return { rate, rateClosed: count / stopwatch.seconds() };
    },
  };
}

function plainContender(count: number): Contender {
  return {
    name: PLAIN_EACH,
    run: async ({ folder }): Promise<Readings> => {
      const files = openPlainFiles(folder);
      const put = (index: number): void => {
        files.begin();
        files.put(fileName(index), payload.of(index));
        files.commit();
      };
      for (let index = 0; index < WARM_UP_COUNT; index += 1) put(count + index);
      const stopwatch = startStopwatch();
      for (let index = 0; index < count; index += 1) put(index);
      const rate = count / stopwatch.seconds();
      verify(files.count() === count + WARM_UP_COUNT, 'every row is there');
      files.close();
      return { rate, rateClosed: count / stopwatch.seconds() };
    },
  };
}
