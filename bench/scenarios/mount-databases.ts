/** A SQLite database on a mount beside one on the disk that the volume is on, in both journal modes. */
import {
  DISK,
  MOUNT,
  openMount,
  placeContender,
  placeContenders,
  type Work,
} from '../contenders/places.js';
import { runChild } from '../harness/child.js';
import { childProgram } from '../harness/project.js';
import type { Group, Readings, Scenario } from '../harness/scenario.js';

const TIMES_AT_MOST = 3;
const LOCAL_LOCKS = 'the mount, local locks';

export const mountDatabasesScenario: Scenario = {
  name: 'mount-databases',
  about: 'SQLite on a mount against SQLite on the disk',
  groups: ({ quick }) =>
    ['delete', 'wal'].map((journalMode) => databaseGroup(journalMode, quick ? 20_000 : 100_000)),
};

function databaseGroup(journalMode: string, rows: number): Group {
  const work: Work = async (_place, directory) => {
    const args = [childProgram('database'), directory, journalMode, String(rows)];
    return JSON.parse(await runChild(process.execPath, args)) as Readings;
  };
  return {
    title: `SQLite, journal_mode ${journalMode}, ${rows} rows: seconds`,
    metrics: [
      { key: 'load', label: 'one transaction' },
      { key: 'small', label: `${rows / 100} small ones` },
      { key: 'selects', label: 'selects' },
      { key: 'updates', label: 'updates' },
      { key: 'removal', label: 'deletion' },
      { key: 'total', label: 'all' },
    ],
    contenders: [
      ...placeContenders(work),
      placeContender(
        LOCAL_LOCKS,
        async (folder) => await openMount(folder, { locks: 'local' }),
        work,
      ),
    ],
    goals: [MOUNT, LOCAL_LOCKS].map((name) => ({
      label: `SQLite, journal_mode ${journalMode}, ${name}`,
      of: [name, 'total'],
      against: [DISK, 'total'],
      bound: { atMost: TIMES_AT_MOST },
    })),
  };
}
