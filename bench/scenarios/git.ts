/** isomorphic-git, which knows nothing of volumes: `add` and `commit` of this project's own sources. */
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { cabinetName } from '../contenders/cabinet.js';
import {
  type OpenSyncFiles,
  openCabinetSync,
  openNodeSync,
  type SyncFiles,
} from '../contenders/sync-files.js';
import { readSources, type SourceFile } from '../harness/project.js';
import type { Contender, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const NODE = 'node:fs';
const CABINET = cabinetName('normal');
const AUTHOR = { name: 'bench', email: 'bench@example.org', timestamp: 1, timezoneOffset: 0 };

export const gitScenario: Scenario = {
  name: 'git',
  about: "isomorphic-git's add and commit of 500 files",
  groups: ({ quick }) => {
    const count = quick ? 100 : 500;
    const title = `isomorphic-git, add and commit of ${count} files`;
    return [
      {
        title,
        metrics: [
          { key: 'rate', label: 'files/s' },
          { key: 'add', label: 'add, s' },
          { key: 'commit', label: 'commit, s' },
        ],
        contenders: [
          contender(NODE, openNodeSync, count),
          contender(CABINET, openCabinetSync, count),
        ],
        goals: [
          { label: title, of: [CABINET, 'rate'], against: [NODE, 'rate'], bound: { atLeast: 1 } },
        ],
      },
    ];
  },
};

function contender(name: string, open: OpenSyncFiles, count: number): Contender {
  return {
    name,
    run: async ({ folder }) => {
      const sources = await readSources(count);
      const files = await open(folder);
      try {
        await fill(files, sources);
        return await addAndCommit(files, count);
      } finally {
        await files.close();
      }
    },
  };
}

async function fill({ fs, root }: SyncFiles, sources: readonly SourceFile[]): Promise<void> {
  for (const { path, content } of sources) {
    const target = join(root, '/work', path);
    await fs.mkdir(dirname(target), { recursive: true });
    await fs.writeFile(target, content);
  }
}

async function addAndCommit({ all, root }: SyncFiles, count: number): Promise<Readings> {
  const at = { fs: all, dir: join(root, '/work') };
  await git.init(at);
  const stopwatch = startStopwatch();
  await git.add({ ...at, filepath: '.' });
  const add = stopwatch.seconds();
  const oid = await git.commit({ ...at, message: 'everything', author: AUTHOR });
  const total = stopwatch.seconds();
  verify((await git.listFiles({ ...at, ref: oid })).length === count, 'every file is committed');
  return { rate: count / total, add, commit: total - add };
}
