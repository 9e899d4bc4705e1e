/**
 * Start: a new process imports the package and opens a volume that exists, beside one that loads
 * better-sqlite3 and opens the same file. "Since the process began" has what Node itself takes in it.
 */
import { openCabinet, volumePath } from '../contenders/cabinet.js';
import { runChild } from '../harness/child.js';
import { childProgram, PACKAGE_ENTRY } from '../harness/project.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { median } from '../harness/statistics.js';

const STARTS = 11;
const PLAIN = 'better-sqlite3';
const CABINET = 'cabinetfs';
const READ_ONLY = 'cabinetfs, readOnly';

export const startScenario: Scenario = {
  name: 'start',
  about: 'import of the package and openVolume, in a new process',
  groups: () => {
    let path = '';
    const volume = (options: object): string[] => [
      childProgram('start-volume'),
      PACKAGE_ENTRY,
      path,
      JSON.stringify(options),
    ];
    return [
      {
        title: `start of a process, median of ${STARTS}: milliseconds`,
        metrics: [
          { key: 'process', label: 'since the process began' },
          { key: 'own', label: 'of which import and open' },
          { key: 'load', label: 'import' },
          { key: 'open', label: 'open' },
        ],
        contenders: [
          contender(PLAIN, () => [childProgram('start-plain'), path]),
          contender(READ_ONLY, () => volume({ readOnly: true })),
          contender(CABINET, () => volume({})),
        ],
        goals: [goal(READ_ONLY, 'process'), goal(CABINET, 'process'), goal(CABINET, 'own')],
        prepare: async (folder) => {
          path = volumePath(folder);
          const { fs, close } = await openCabinet(folder);
          await fs.writeFile('/file', 'content');
          await close();
        },
      },
    ];
  },
};

function goal(name: string, metric: string): Goal {
  return {
    label: `start, ${name}, ${metric === 'own' ? 'import and open' : 'the whole process'}`,
    of: [name, metric],
    against: [PLAIN, metric],
    bound: { atMost: 1.5 },
  };
}

function contender(name: string, args: () => string[]): Contender {
  return {
    name,
    run: async (): Promise<Readings> => {
      const starts: Record<string, number>[] = [];
      for (let start = 0; start < STARTS; start += 1) {
        starts.push(JSON.parse(await runChild(process.execPath, args())) as Record<string, number>);
      }
      const keys = Object.keys(starts[0] ?? {});
      return Object.fromEntries(
        keys.map((key) => [key, median(starts.map((readings) => readings[key] as number))]),
      );
    },
  };
}
