/** Where the time of a `writeFile` goes, by thread: from profiles of a process of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from '../harness/child.js';
import { type Breakdown, ROOMS, readBreakdowns, THREADS, type Thread } from '../harness/profile.js';
import { childProgram } from '../harness/project.js';
import type { Group, Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';

const SAMPLE_EVERY_US = 200;

export const stagesScenario: Scenario = {
  name: 'stages',
  about: 'where the time of writeFile goes, by thread and part of the program',
  groups: ({ quick }) => [
    stagesGroup(1, quick ? 4000 : 20_000),
    stagesGroup(64, quick ? 8000 : 60_000),
  ],
};

function stagesGroup(callers: number, count: number): Group {
  let breakdowns: ReadonlyMap<Thread, Breakdown> = new Map();
  const perFile = (thread: Thread, room: (typeof ROOMS)[number]): number =>
    (breakdowns.get(thread)?.get(room) ?? 0) / count;
  return {
    title: `where writeFile of 10 KB spends its time, ${callers} ${callers === 1 ? 'caller' : 'callers'}: µs for each file`,
    metrics: THREADS.map((thread) => ({ key: thread, label: thread })),
    contenders: ROOMS.map((room) => ({
      name: room,
      run: async () => Object.fromEntries(THREADS.map((thread) => [thread, perFile(thread, room)])),
    })),
    goals: [],
    // One profile says all: its samples are many.
    roundsMax: 1,
    prepare: async (folder) => {
      const profiles = join(folder, 'profiles');
      const files = join(folder, 'files');
      for (const made of [profiles, files]) await mkdir(made);
      await runChild(process.execPath, [
        '--cpu-prof',
        `--cpu-prof-dir=${profiles}`,
        `--cpu-prof-interval=${SAMPLE_EVERY_US}`,
        childProgram('write-files'),
        files,
        String(callers),
        String(count),
      ]);
      breakdowns = await readBreakdowns(profiles);
      verify(breakdowns.size === THREADS.length, 'each thread has left a profile');
    },
  };
}
