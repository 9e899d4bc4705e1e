/** What a continuous archive costs the writer, and how long the log gets under it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openVolume } from '#src/index.js';
import { cabinetName, volumePath } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const WITHOUT = `${cabinetName('normal')} without an archive`;
const WITH_ARCHIVE = `${cabinetName('normal')} with an archive`;
const CALLERS = 64;
const WARM_UP = 500;
const LOOK_EVERY_MS = 20;
const MIB = 1024 * 1024;

export const archiveScenario: Scenario = {
  name: 'archive',
  about: 'writeFile of 10 and 100 KB with 64 callers, with a continuous archive and without',
  groups: ({ quick }) => [
    archiveGroup(10_240, quick ? 8000 : 40_000, 0.5),
    archiveGroup(102_400, quick ? 1500 : 6000, 0.4),
  ],
};

function archiveGroup(bytes: number, count: number, atLeast: number): Group {
  const title = `writeFile ${Math.round(bytes / 1024)} KB, ${CALLERS} callers, archive every second`;
  return {
    title,
    metrics: [
      { key: 'rate', label: 'files/s' },
      { key: 'walMaxMib', label: 'longest log, MiB' },
      { key: 'archiveMib', label: 'archived, MiB' },
      { key: 'lagMs', label: 'behind at the end, ms' },
    ],
    contenders: [
      contender(WITHOUT, bytes, count, false),
      contender(WITH_ARCHIVE, bytes, count, true),
    ],
    goals: [
      {
        label: `${title}: writes`,
        of: [WITH_ARCHIVE, 'rate'],
        against: [WITHOUT, 'rate'],
        bound: { atLeast },
      },
    ],
  };
}

function contender(name: string, bytes: number, count: number, archived: boolean): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const dir = join(folder, 'archive');
      const archive = archived ? { archive: { dir, everySeconds: 1 } } : {};
      const file = volumePath(folder);
      const volume = await openVolume(file, { durability: 'normal', ...archive });
      const payload = payloadOf(bytes);
      const { promises } = volume.fs;
      await runCallers(CALLERS, WARM_UP, (index) =>
        promises.writeFile(`/warm-${index}`, payload.of(index)),
      );
      await volume.archive?.settle();
      let walMax = 0;
      const watch = setInterval(() => {
        walMax = Math.max(walMax, statSync(`${file}-wal`).size);
      }, LOOK_EVERY_MS);
      const stopwatch = startStopwatch();
      await runCallers(CALLERS, count, (index) =>
        promises.writeFile(`/${fileName(index)}`, payload.of(index)),
      );
      const rate = count / stopwatch.seconds();
      clearInterval(watch);
      const endedMs = performance.now();
      await volume.archive?.ship();
      const lagMs = performance.now() - endedMs;
      const { segmentBytes = 0 } = volume.archive?.status ?? {};
      const { files } = await volume.stats();
      verify(files === count + WARM_UP, 'the work was done');
      await volume.close();
      return { rate, walMaxMib: walMax / MIB, archiveMib: segmentBytes / MIB, lagMs };
    },
  };
}
