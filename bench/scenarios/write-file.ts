/** `writeFile` of many 10 KB files: callers times durability, against every way to do it by hand. */
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener, type Durability } from '../contenders/cabinet.js';
import {
  NODE_PROMISES,
  NODE_PROMISES_SYNCED,
  openNodeFiles,
  openSyncedNodeFiles,
} from '../contenders/node-promises.js';
import {
  CEILING,
  openPlainFiles,
  PLAIN_EACH,
  type PlainFiles,
  type Synchronous,
} from '../contenders/plain-sqlite.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import {
  type Contender,
  type Goal,
  type Group,
  type Readings,
  rateMetrics,
  type Scenario,
} from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { WARM_UP_COUNT, warmUp } from './filled-directory.js';

const payload = payloadOf(10_240);
const CALLERS = [1, 64, 1024] as const;
const DURABILITIES: readonly Durability[] = ['normal', 'interval', 'full', 'off'];

export const writeFileScenario: Scenario = {
  name: 'write-file',
  about: 'writeFile of 10 KB with 1, 64 and 1,024 callers at each durability level',
  groups: ({ quick }) => CALLERS.map((callers) => writeGroup(callers, quick ? 2000 : 8000)),
};

function writeGroup(callers: number, count: number): Group {
  // One caller who syncs every file waits a thousand times longer than a page cache does.
  const syncedCount = callers === 1 ? count / 4 : count;
  return {
    title: `writeFile 10 KB, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    metrics: rateMetrics('files'),
    contenders: [
      plainContender(CEILING, 'NORMAL', count, count),
      plainContender(`${CEILING} FULL`, 'FULL', count, count),
      ...(callers === 1 ? oneCallerContenders(count, syncedCount) : []),
      asyncContender(NODE_PROMISES, openNodeFiles, callers, count),
      asyncContender(NODE_PROMISES_SYNCED, openSyncedNodeFiles, callers, syncedCount),
      ...DURABILITIES.map((durability) =>
        asyncContender(cabinetName(durability), cabinetOpener(durability), callers, count),
      ),
    ],
    goals: callers === 1 ? oneCallerGoals() : callers === 64 ? concurrentGoals(callers) : [],
  };
}

function oneCallerContenders(count: number, syncedCount: number): Contender[] {
  return [
    plainContender(PLAIN_EACH, 'NORMAL', count, 1),
    plainContender(`${PLAIN_EACH} FULL`, 'FULL', syncedCount, 1),
    syncContender('node:fs sync', false, count),
    syncContender('node:fs sync + fsync', true, syncedCount),
  ];
}

function oneCallerGoals(): Goal[] {
  const plainOf = { normal: PLAIN_EACH, interval: PLAIN_EACH, full: `${PLAIN_EACH} FULL` };
  return Object.entries(plainOf).map(([durability, plain]) => ({
    label: `writeFile 10 KB, 1 caller, ${durability}`,
    of: [cabinetName(durability as Durability), 'rate'],
    against: [plain, 'rate'],
    bound: { atLeast: 0.75 },
  }));
}

function concurrentGoals(callers: number): Goal[] {
  const goal = (durability: Durability, against: string, atLeast: number): Goal => ({
    label: `writeFile 10 KB, ${callers} callers, ${durability}`,
    of: [cabinetName(durability), 'rate'],
    against: [against, 'rate'],
    bound: { atLeast },
  });
  return [
    goal('normal', CEILING, 0.9),
    goal('interval', CEILING, 0.9),
    goal('full', CEILING, 0.8),
    goal('normal', NODE_PROMISES, 1.3),
    goal('interval', NODE_PROMISES, 1.3),
    goal('full', NODE_PROMISES_SYNCED, 3.5),
  ];
}

function asyncContender(name: string, open: OpenFiles, callers: number, count: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      const { fs, root, close } = files;
      await warmUp(files, payload, callers);
      await fs.mkdir(`${root}/files`);
      const stopwatch = startStopwatch();
      await runCallers(callers, count, (index) =>
        fs.writeFile(`${root}/files/${fileName(index)}`, payload.of(index)),
      );
      const rate = count / stopwatch.seconds();
      await close();
      const rateClosed = count / stopwatch.seconds();
      await verifyFiles(open, folder, count);
      return { rate, rateClosed };
    },
  };
}

/** Opens anew what was closed, counts the files and reads every 97th. */
async function verifyFiles(open: OpenFiles, folder: string, count: number): Promise<void> {
  const { fs, root, close } = await open(folder);
  try {
    verify((await fs.readdir(`${root}/files`)).length === count, `${count} files are there`);
    for (let index = 0; index < count; index += 97) {
      const content = await fs.readFile(`${root}/files/${fileName(index)}`);
      verify(payload.of(index).equals(content), `file ${index} has its content`);
    }
  } finally {
    await close();
  }
}

function plainContender(
  name: string,
  synchronous: Synchronous,
  count: number,
  perTransaction: number,
): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = openPlainFiles(folder, synchronous);
      warmUpPlain(files);
      const stopwatch = startStopwatch();
      for (let index = 0; index < count; index += 1) {
        if (index % perTransaction === 0) files.begin();
        files.put(`/files/${fileName(index)}`, payload.of(index));
        if ((index + 1) % perTransaction === 0) files.commit();
      }
      const rate = count / stopwatch.seconds();
      files.close();
      const rateClosed = count / stopwatch.seconds();
      verifyPlain(folder, count);
      return { rate, rateClosed };
    },
  };
}

function warmUpPlain(files: PlainFiles): void {
  files.begin();
  for (let index = 0; index < WARM_UP_COUNT; index += 1) {
    files.put(`/warm-up/${fileName(index)}`, payload.of(index));
  }
  files.commit();
}

function verifyPlain(folder: string, count: number): void {
  const files = openPlainFiles(folder);
  verify(files.count() === count + WARM_UP_COUNT, `${count} rows are there`);
  for (let index = 0; index < count; index += 97) {
    const content = files.get(`/files/${fileName(index)}`);
    verify(content !== undefined && payload.of(index).equals(content), `row ${index} is right`);
  }
  files.close();
}

function syncContender(name: string, synced: boolean, count: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      mkdirSync(join(folder, 'files'));
      const stopwatch = startStopwatch();
      for (let index = 0; index < count; index += 1) {
        const path = join(folder, 'files', fileName(index));
        if (synced) writeSynced(path, payload.of(index));
        else writeFileSync(path, payload.of(index));
      }
      const rate = count / stopwatch.seconds();
      await verifyFiles(openNodeFiles, folder, count);
      return { rate, rateClosed: rate };
    },
  };
}

function writeSynced(path: string, content: Buffer): void {
  const file = openSync(path, 'w');
  writeFileSync(file, content);
  fsyncSync(file);
  closeSync(file);
  const directory = openSync(join(path, '..'), 'r');
  fsyncSync(directory);
  closeSync(directory);
}
