/** Memory of whole processes: an idle volume, and imports of many and of big files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CabinetFiles, openCabinet, volumePath } from '../contenders/cabinet.js';
import { runCabinetReportingPeak } from '../contenders/cabinet-command.js';
import { runChild } from '../harness/child.js';
import { payloadOf } from '../harness/payload.js';
import { childProgram } from '../harness/project.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { writeBigFiles, writeTree } from '../harness/tree.js';
import { verify } from '../harness/verify.js';
import { writeBigFile } from './big-file.js';
import { fillDirectory } from './filled-directory.js';

const MB = 1_000_000;
const MIB = 1_048_576;
const IDLE_MB_MAX = 60;
const IDLE = 'idle volume';
const IMPORT = 'cabinet import';

export const memoryScenario: Scenario = {
  name: 'memory',
  about: 'RSS of an idle volume, peak RSS of imports of many files and of 10 GB',
  groups: ({ quick }) => {
    const files = quick ? 50_000 : 1_000_000;
    const gigabytes = quick ? 0.5 : 10;
    return [
      idleGroup(),
      budgetGroup(),
      importGroup(`memory of an import of ${files.toLocaleString('en-US')} files`, (tree) =>
        writeTree(tree, files, 100),
      ),
      importGroup(`memory of an import of ${gigabytes} GB in five files`, (tree) =>
        writeBigFiles(tree, 5, (gigabytes * 1000 * MB) / 5),
      ),
    ];
  },
};

function idleGroup(): Group {
  return {
    title: 'memory of an idle volume, in MB of RSS',
    metrics: [
      { key: 'bare', label: 'bare Node' },
      { key: 'volume', label: 'with the volume' },
      { key: 'more', label: 'difference' },
    ],
    contenders: [idleContender()],
    goals: [
      {
        label: 'idle volume beyond Node itself',
        of: [IDLE, 'more'],
        unit: 'MB',
        bound: { atMost: IDLE_MB_MAX },
      },
    ],
  };
}

function idleContender(): Contender {
  let path = '';
  return {
    name: IDLE,
    prepare: async (folder) => {
      path = volumePath(folder);
      const files = await openCabinet(folder);
      await fillDirectory(files, 'files', 1000, payloadOf(10_240));
      await files.close();
    },
    run: async () => await memoryBeyondNode('idle-memory', path),
  };
}

/** Reads and overwrites a file of 256 MiB, far more than either budget. */
function budgetGroup(): Group {
  const budgets = [16, 128].map((mebibytes) => ({
    name: `budget of ${mebibytes} MiB`,
    bytes: mebibytes * MIB,
  }));
  return {
    title: 'memory of a busy volume by memoryBudgetBytes, in MB of RSS',
    metrics: [
      { key: 'bare', label: 'bare Node' },
      { key: 'volume', label: 'with the volume' },
      { key: 'more', label: 'difference' },
    ],
    contenders: budgets.map(({ name, bytes }) => budgetContender(name, bytes)),
    goals: budgets.map(({ name, bytes }) => ({
      label: `busy volume beyond Node itself, ${name}`,
      of: [name, 'more'],
      unit: 'MB',
      // The budget comes on top of what an idle volume may take.
      bound: { atMost: Math.round(bytes / MB) + IDLE_MB_MAX },
    })),
  };
}

function budgetContender(name: string, budgetBytes: number): Contender {
  let path = '';
  return {
    name,
    prepare: async (folder) => {
      path = volumePath(folder);
      const files = await openCabinet(folder);
      await writeBigFile(files, 'big', MIB, 256);
      await files.close();
    },
    run: async () => await memoryBeyondNode('busy-memory', path, '/big', String(budgetBytes)),
  };
}

/** RSS of a program in bench/children/ against that of a process that does nothing. */
async function memoryBeyondNode(program: string, ...args: readonly string[]): Promise<Readings> {
  const bare = Number(await runChild(process.execPath, [childProgram('idle-memory')])) / MB;
  const output = await runChild(process.execPath, [childProgram(program), ...args]);
  const volume = Number(output) / MB;
  return { bare, volume, more: volume - bare };
}

function importGroup(title: string, makeTree: (path: string) => Promise<number>): Group {
  const goal: Goal = {
    label: title,
    of: [IMPORT, 'peak'],
    unit: 'MB of RSS',
    bound: { atMost: 300 },
  };
  return {
    title,
    metrics: [
      { key: 'peak', label: 'peak MB of RSS' },
      { key: 'seconds', label: 'seconds' },
    ],
    // The tree takes longer to make than to import, and a peak hardly varies.
    roundsMax: 1,
    contenders: [importContender(makeTree)],
    goals: [goal],
  };
}

function importContender(makeTree: (path: string) => Promise<number>): Contender {
  let tree = '';
  let count = 0;
  return {
    name: IMPORT,
    prepare: async (folder) => {
      tree = join(folder, 'tree');
      count = await makeTree(tree);
    },
    run: async ({ folder }): Promise<Readings> => {
      const report = join(folder, 'peak');
      const stopwatch = startStopwatch();
      await runCabinetReportingPeak(report, 'import', volumePath(folder), tree);
      const seconds = stopwatch.seconds();
      await verifyCount(folder, count);
      return { peak: Number(await readFile(report, 'utf8')) / MB, seconds };
    },
  };
}

async function verifyCount(folder: string, count: number): Promise<void> {
  const files = await openCabinet(folder);
  const found = await countFiles(files, '/');
  await files.close();
  verify(found === count, `${count} files were imported, not ${found}`);
}

async function countFiles(files: CabinetFiles, path: string): Promise<number> {
  let count = 0;
  for (const entry of await files.fs.readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) count += await countFiles(files, `${path}${entry.name}/`);
    else count += 1;
  }
  return count;
}
