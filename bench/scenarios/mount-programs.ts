/** Programs on a mount beside the same programs on the disk that the volume is on: the time they take. */
import { DISK, MOUNT, type Place, placeContenders } from '../contenders/places.js';
import type { Goal, Metric, Readings, Scenario } from '../harness/scenario.js';
import { makeSources, NPM_CI, runShell } from '../harness/sources.js';
import { startStopwatch } from '../harness/stopwatch.js';

interface Program extends Metric {
  /** Not timed. */
  readonly before?: string;
  readonly script: string;
  /** How long it may take, as a multiple of the time on the disk. */
  readonly atMost: number;
}

// In order: some work on what those before have made. The sources are on the disk for both.
const PROGRAMS: readonly Program[] = [
  {
    key: 'clone',
    label: 'git clone',
    script: 'git clone -q --no-hardlinks "$SOURCES/repo" clone',
    atMost: 1.5,
  },
  {
    key: 'git',
    label: 'git checkout, status, commit',
    script: `cd clone; git checkout -q other; git status --porcelain; git checkout -q main
      for name in $(git ls-files | grep README | head -30); do echo more >> "$name"; done
      git status --porcelain | wc -l; git commit -qam more; git status --porcelain`,
    atMost: 1.5,
  },
  {
    key: 'npm',
    label: 'npm ci',
    before: 'cp -r "$SOURCES/project" .',
    script: `cd project; ${NPM_CI} --silent`,
    atMost: 1.2,
  },
  {
    key: 'make',
    label: 'make',
    before: 'cp -r "$SOURCES/c" .',
    script: 'cd c; make -s; ./program; make -q',
    atMost: 1.3,
  },
  {
    key: 'walk',
    label: 'walk, first',
    before: 'sync; echo 2 > /proc/sys/vm/drop_caches',
    script: 'find . -size +4k | wc -l',
    atMost: 2,
  },
  { key: 'walkAgain', label: 'walk, again', script: 'find . -size +4k | wc -l', atMost: 2 },
  { key: 'remove', label: 'rm -rf', script: 'rm -rf clone project', atMost: 1.5 },
  { key: 'copy', label: 'cp of a big file', script: 'cp "$SOURCES/big" big', atMost: 3 },
];

export const mountProgramsScenario: Scenario = {
  name: 'mount-programs',
  about: 'git, npm, make, find, rm and cp on a mount against the same on the disk',
  groups: ({ quick }) => {
    const bigMib = quick ? 64 : 512;
    let sources = '';
    const work = async (_place: Place, directory: string): Promise<Readings> =>
      await timeAll(directory, sources);
    return [
      {
        title: `Programs on a mount, 3,400 files and one of ${bigMib} MiB: seconds`,
        metrics: PROGRAMS,
        contenders: placeContenders(work),
        goals: PROGRAMS.map(goalOf),
        roundsMax: 3,
        prepare: async (folder) => {
          sources = folder;
          await makeSources(folder, bigMib);
        },
      },
    ];
  },
};

function goalOf({ key, label, atMost }: Program): Goal {
  return { label, of: [MOUNT, key], against: [DISK, key], bound: { atMost } };
}

async function timeAll(directory: string, sources: string): Promise<Readings> {
  const readings: Record<string, number> = {};
  for (const { key, before, script } of PROGRAMS) {
    if (before !== undefined) await runShell(before, directory, sources);
    const stopwatch = startStopwatch();
    await runShell(script, directory, sources);
    readings[key] = stopwatch.seconds();
  }
  await runShell('cmp "$SOURCES/big" big; test "$(ls)" = "big\nc"', directory, sources);
  return readings;
}
