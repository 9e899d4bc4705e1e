/** Writes of 10 KB from 1, 2 and 4 threads that share one writer, against one thread with as many callers. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WriteOrder, WriteThreadData } from '../children/write-thread.js';
import { cabinetOpener, openCabinet } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import {
  type Contender,
  type Goal,
  type Readings,
  rateMetrics,
  type Scenario,
} from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { WARM_UP_COUNT, warmUp } from './filled-directory.js';

const CALLERS = 64;
const THREADS = [1, 2, 4] as const;
const ENTRY = new URL('../children/write-thread.js', import.meta.url);
const OWN = `the volume's thread, ${CALLERS} callers`;
const payload = payloadOf(10_240);

export const threadsScenario: Scenario = {
  name: 'threads',
  about: 'writeFile of 10 KB from 1, 2 and 4 threads that share one writer',
  groups: ({ quick }) => {
    const count = quick ? 2000 : 8000;
    const syncCount = count / 2;
    return [
      {
        title: `writeFile 10 KB, ${CALLERS} callers in 1, 2 and 4 threads; writeFileSync`,
        metrics: rateMetrics('files'),
        contenders: [
          ownThreadContender(count),
          ...THREADS.map((threads) => contender(threads, CALLERS / threads, count)),
          ...THREADS.map((threads) => contender(threads, 0, syncCount)),
        ],
        goals: [...THREADS.map((threads) => goal(threads)), syncGoal()],
      },
    ];
  },
};

function nameOf(threads: number, callers: number): string {
  const who = threads === 1 ? '1 thread' : `${threads} threads`;
  return callers === 0 ? `${who}, sync` : `${who}, ${callers} callers each`;
}

/** Threads add hops between them, and take nothing from the writer. */
function goal(threads: number): Goal {
  return {
    label: `writeFile 10 KB from ${threads} attached ${threads === 1 ? 'thread' : 'threads'}`,
    of: [nameOf(threads, CALLERS / threads), 'rate'],
    against: [OWN, 'rate'],
    bound: { atLeast: 0.8 },
  };
}

/** Synchronous writers of several threads share commits. */
function syncGoal(): Goal {
  return {
    label: 'writeFileSync 10 KB from 4 attached threads',
    of: [nameOf(4, 0), 'rate'],
    against: [nameOf(1, 0), 'rate'],
    bound: { atLeast: 1 },
  };
}

function ownThreadContender(count: number): Contender {
  return {
    name: OWN,
    run: async ({ folder }): Promise<Readings> => {
      const files = await openCabinet(folder);
      const { fs, close } = files;
      await warmUp(files, payload);
      await fs.mkdir('/files');
      const stopwatch = startStopwatch();
      await runCallers(CALLERS, count, (index) =>
        fs.writeFile(`/files/${fileName(index)}`, payload.of(index)),
      );
      const rate = count / stopwatch.seconds();
      await close();
      const rateClosed = count / stopwatch.seconds();
      await verifyFiles(folder, count);
      return { rate, rateClosed };
    },
  };
}

function contender(threads: number, callers: number, count: number): Contender {
  return {
    name: nameOf(threads, callers),
    run: async ({ folder }): Promise<Readings> => {
      const { volume, fs, close } = await openCabinet(folder);
      await fs.mkdir('/warm-up');
      await fs.mkdir('/files');
      const workers = await Promise.all(
        Array.from({ length: threads }, async () => {
          const handle = volume.connect();
          const warmUpCount = WARM_UP_COUNT / threads;
          const workerData: WriteThreadData = { handle, callers, warmUpCount };
          const worker = new Worker(ENTRY, { workerData, transferList: handle.transferList });
          await once(worker, 'message');
          return worker;
        }),
      );
      const each = count / threads;
      const stopwatch = startStopwatch();
      await Promise.all(
        workers.map((worker, index) => {
          const order: WriteOrder = { folder: '/files', first: index * each, count: each };
          worker.postMessage(order);
          return once(worker, 'message');
        }),
      );
      const rate = count / stopwatch.seconds();
      await close();
      const rateClosed = count / stopwatch.seconds();
      await Promise.all(
        workers.map((worker) => {
          worker.postMessage('close');
          return once(worker, 'exit');
        }),
      );
      await verifyFiles(folder, count);
      return { rate, rateClosed };
    },
  };
}

/** Opens anew what was closed, counts the files and reads every 97th. */
async function verifyFiles(folder: string, count: number): Promise<void> {
  const { fs, close } = await cabinetOpener('normal')(folder);
  try {
    verify((await fs.readdir('/files')).length === count, `${count} files are there`);
    for (let index = 0; index < count; index += 97) {
      const content = await fs.readFile(`/files/${fileName(index)}`);
      // Each thread has random bytes of its own.
      verify(content.length === 10_240, `file ${index} has its size`);
    }
  } finally {
    await close();
  }
}
