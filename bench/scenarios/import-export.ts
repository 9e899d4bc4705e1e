/**
 * `cabinet import` and `cabinet export` of a real tree (this project's node_modules) against
 * `cp -a`: each is a command, timed from its start to its end. What came out is compared with what
 * went in by `diff -r`, outside the timed part.
 */
import { join } from 'node:path';
import { volumePath } from '../contenders/cabinet.js';
import { runCabinet } from '../contenders/cabinet-command.js';
import { runChild } from '../harness/child.js';
import { REAL_TREE } from '../harness/project.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { countEntries } from '../harness/tree.js';

const CP = 'cp -a';

export const importExportScenario: Scenario = {
  name: 'import-export',
  about: 'import and export of node_modules against cp -a',
  groups: () => [
    treeGroup('import of node_modules', importContender(), 0.7),
    treeGroup('export of node_modules', exportContender(), 0.5),
  ],
};

function treeGroup(title: string, cabinet: Contender, atLeast: number): Group {
  return {
    title,
    metrics: [
      { key: 'rate', label: 'entries/s' },
      { key: 'seconds', label: 'seconds' },
    ],
    contenders: [copyContender(), syncedCopyContender(), cabinet],
    goals: [
      { label: title, of: [cabinet.name, 'rate'], against: [CP, 'rate'], bound: { atLeast } },
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<Readings> {
  const stopwatch = startStopwatch();
  await work();
  const seconds = stopwatch.seconds();
  return { rate: (await countEntries(REAL_TREE)) / seconds, seconds };
}

async function compare(copy: string): Promise<void> {
  await runChild('diff', ['-r', '--no-dereference', REAL_TREE, copy]);
}

function copyContender(): Contender {
  return {
    name: CP,
    run: async ({ folder }) => {
      const copy = join(folder, 'copy');
      const readings = await timed(() => runChild('cp', ['-a', REAL_TREE, copy]));
      await compare(copy);
      return readings;
    },
  };
}

/** What a command that promises durability would have to be compared with: `cabinet import` syncs. */
function syncedCopyContender(): Contender {
  return {
    name: `${CP}, synced`,
    run: async ({ folder }) => {
      const copy = join(folder, 'copy');
      const readings = await timed(async () => {
        await runChild('cp', ['-a', REAL_TREE, copy]);
        await runChild('sync', ['-f', copy]);
      });
      await compare(copy);
      return readings;
    },
  };
}

function importContender(): Contender {
  return {
    name: 'cabinet import',
    run: async ({ folder }) => {
      const readings = await timed(() => runCabinet('import', volumePath(folder), REAL_TREE));
      const copy = join(folder, 'copy');
      await runCabinet('export', volumePath(folder), copy);
      await compare(copy);
      return readings;
    },
  };
}

function exportContender(): Contender {
  let volume = '';
  return {
    name: 'cabinet export',
    prepare: async (folder) => {
      volume = volumePath(folder);
      await runCabinet('import', volume, REAL_TREE);
    },
    run: async ({ folder }) => {
      const copy = join(folder, 'copy');
      const readings = await timed(() => runCabinet('export', volume, copy));
      await compare(copy);
      return readings;
    },
  };
}
