/** How long one `readFile` of 10 KB takes (p99) while 64 callers write files of 10 KB. */
import type { OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import {
  NODE_PROMISES,
  NODE_PROMISES_SYNCED,
  openNodeFiles,
  openSyncedNodeFiles,
} from '../contenders/node-promises.js';
import { runCallersUntil } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { percentile } from '../harness/statistics.js';
import { verify } from '../harness/verify.js';
import { fillDirectory, scattered } from './filled-directory.js';

const WRITERS = 64;
const FILES = 1000;
const SIZE_BYTES = 10_240;
const payload = payloadOf(SIZE_BYTES);
const at = scattered(FILES);

export const readLatencyScenario: Scenario = {
  name: 'read-latency',
  about: 'readFile p99 while 64 callers write',
  groups: ({ quick }) => {
    const durationMs = quick ? 1000 : 3000;
    return [
      {
        title: `readFile 10 KB while ${WRITERS} callers write`,
        metrics: [
          { key: 'p99', label: 'p99 ms' },
          { key: 'p50', label: 'p50 ms' },
          { key: 'reads', label: 'reads/s' },
          { key: 'writes', label: 'writes/s' },
        ],
        contenders: [
          contender(NODE_PROMISES, openNodeFiles, durationMs),
          contender(NODE_PROMISES_SYNCED, openSyncedNodeFiles, durationMs),
          contender(cabinetName('normal'), cabinetOpener('normal'), durationMs),
          contender(cabinetName('full'), cabinetOpener('full'), durationMs),
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
    label: `readFile p99, ${WRITERS} callers writing, ${durability}`,
    of: [cabinetName(durability), 'p99'],
    against: [against, 'p99'],
    bound: { atMost: 0.5 },
  };
}

function contender(name: string, open: OpenFiles, durationMs: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await open(folder);
      const { fs, root } = files;
      await fillDirectory(files, 'files', FILES, payload);
      await fs.mkdir(`${root}/written`);
      const endMs = performance.now() + durationMs;
      const over = (): boolean => performance.now() > endMs;
      const latenciesMs: number[] = [];
      const reader = runCallersUntil(1, over, async (step) => {
        const startedMs = performance.now();
        const content = await fs.readFile(`${root}/files/${fileName(at(step))}`);
        latenciesMs.push(performance.now() - startedMs);
        verify(content.length === SIZE_BYTES, 'the file has all bytes');
      });
      const writers = runCallersUntil(WRITERS, over, (index) =>
        fs.writeFile(`${root}/written/${fileName(index)}`, payload.of(index)),
      );
      const [reads, writes] = await Promise.all([reader, writers]);
      verify((await fs.readdir(`${root}/written`)).length === writes, 'every write is there');
      await files.close();
      return {
        p99: percentile(latenciesMs, 0.99),
        p50: percentile(latenciesMs, 0.5),
        reads: (reads / durationMs) * 1000,
        writes: (writes / durationMs) * 1000,
      };
    },
  };
}
