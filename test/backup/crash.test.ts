/**
 * SIGKILL in the middle of a backup and of a restore: at every change of a file or directory that they
 * make, and at random moments. The volume and the backup before are whole, and what is left behind goes
 * with the next work.
 *
 * CABINET_CRASH_SEED: repeats the random moments as far as the scheduling of processes allows.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openVolume, restoreVolume, verifyVolume } from '#src/index.js';
import { startChild } from '../support/child.js';
import { between, createRandom, seedFrom } from '../support/random.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import type { Tree } from '../support/tree.js';
import type { KilledTask } from './killed-child.js';
import { beside, digestOf, fillVolume, readManifestOf, treeOf, treeOfFile } from './place.js';

const ENTRY = fileURLToPath(new URL('./killed-child.js', import.meta.url));
const SEED = seedFrom('CABINET_CRASH_SEED');
const RANDOM_KILLS = 10;
/** More than any piece of work makes; reaching it fails the test. */
const CHANGES_MAX = 100;

interface Ended {
  readonly wasKilled: boolean;
  readonly messages: readonly string[];
}

/** Runs the task until it ends or is killed; the parent kills after `killAfterMs`. */
async function run(task: KilledTask, killAfterMs?: number): Promise<Ended> {
  const child: ChildProcess = fork(ENTRY, [JSON.stringify(task)], { execArgv: [] });
  const messages: string[] = [];
  child.on('message', (message) => messages.push(String(message)));
  const ended = once(child, 'exit');
  if (killAfterMs !== undefined) {
    await Promise.race([once(child, 'message'), ended]);
    await pause(killAfterMs);
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the child ended with ${code}`);
  return { wasKilled: signal === 'SIGKILL', messages };
}

async function assertBackupWhole(
  t: ExecutionContext,
  backup: string,
  where: string,
): Promise<void> {
  if (!existsSync(backup)) return;
  const verified = await verifyVolume(backup);
  t.deepEqual(verified.problems, [], where);
  t.not(verified.manifest, null, where);
}

/** The next backup leaves nothing but itself. */
async function assertTidied(t: ExecutionContext, file: string, backup: string): Promise<void> {
  await using volume = await openVolume(file);
  await assertVolumeSound(volume);
  await volume.backup(backup, { overwrite: true });
  t.deepEqual(beside(backup), ['backup', 'backup.json']);
  t.is(digestOf(backup), readManifestOf(backup).sha256);
}

for (const isThere of [false, true]) {
  const which = isThere ? 'that replaces one' : 'to a new place';
  test.serial(`a backup ${which} may be killed before any change it makes`, async (t) => {
    t.timeout(600_000);
    await withFolder(async (folder) => {
      const file = join(folder, 'v');
      const volume = await openVolume(file);
      await fillVolume(volume);
      await volume.close();
      let kills = 0;
      for (let number = 1; ; number += 1) {
        if (number > CHANGES_MAX) return t.fail('it never got through');
        const shelf = join(folder, `shelf${number}`);
        const backup = join(shelf, 'backup');
        mkdirSync(shelf);
        if (isThere) await assertTidied(t, file, backup);
        const before = isThere ? digestOf(backup) : undefined;
        const task = { file, others: [backup], overwrite: isThere, killBefore: number };
        const { wasKilled } = await run({ ...task, kind: 'backup', isEndless: false });
        if (before !== undefined) t.true(existsSync(backup), `change ${number}`);
        await assertBackupWhole(t, backup, `change ${number}`);
        if (!wasKilled) break;
        kills += 1;
        await assertTidied(t, file, backup);
      }
      t.log(`${kills} kills`);
      t.true(kills >= 6, `${kills}`);
    });
  });
}

interface Stage {
  readonly file: string;
  readonly backups: readonly [string, string];
  readonly trees: readonly [Tree, Tree];
}

/** Two backups of different trees. */
async function makeStage(folder: string): Promise<Stage> {
  const file = join(folder, 'v');
  const backups = [join(folder, 'one'), join(folder, 'two')] as const;
  const volume = await openVolume(file);
  await fillVolume(volume, 1);
  await volume.backup(backups[0]);
  const first = await treeOf(volume);
  for (let index = 0; index < 30; index += 1) {
    await volume.fs.promises.writeFile(`/d2/second${index}`, Buffer.alloc(index * 3000, 'second'));
  }
  await volume.fs.promises.rm('/d3', { recursive: true });
  await volume.backup(backups[1]);
  const second = await treeOf(volume);
  await volume.close();
  return { file, backups, trees: [first, second] };
}

async function assertOneOfThem(
  t: ExecutionContext,
  { file, trees, backups }: Stage,
  where: string,
): Promise<void> {
  // Opening for writing uses whatever log is there.
  const volume = await openVolume(file);
  try {
    await assertVolumeSound(volume);
    const found = JSON.stringify(await treeOf(volume));
    t.true(
      trees.some((tree) => JSON.stringify(tree) === found),
      `${where}: neither of the two`,
    );
  } finally {
    await volume.close();
  }
  for (const backup of backups) t.true((await verifyVolume(backup)).ok, where);
}

test.serial(
  'a restore may be killed before any change it makes, over a volume with a log',
  async (t) => {
    t.timeout(600_000);
    await withFolder(async (folder) => {
      const stage = await makeStage(folder);
      const { file, backups, trees } = stage;
      let kills = 0;
      for (let number = 1; ; number += 1) {
        if (number > CHANGES_MAX) return t.fail('it never got through');
        await restoreVolume(backups[1], file, { overwrite: true });
        t.deepEqual(beside(file), ['v'], 'the last one tidied up');
        // What is only in the log, and must neither be lost nor meet the other file.
        const writer = startChild(new URL('./volume-child.js', import.meta.url), [file]);
        await writer.ask('open');
        await writer.ask('write', '/in-the-log', 50_000);
        await writer.kill();
        const task = { file, others: [backups[0]], overwrite: true, killBefore: number };
        const { wasKilled } = await run({ ...task, kind: 'restore', isEndless: false });
        const tree = await treeOfFileWritable(file);
        const isOld = 'in-the-log' in tree;
        const { 'in-the-log': _, ...rest } = tree;
        if (isOld) t.deepEqual(Object.keys(rest), Object.keys(trees[1]), `change ${number}`);
        else t.deepEqual(tree, trees[0], `change ${number}`);
        if (!wasKilled) {
          t.false(isOld);
          break;
        }
        kills += 1;
      }
      t.log(`${kills} kills`);
      t.true(kills >= 4, `${kills}`);
    });
  },
);

async function treeOfFileWritable(file: string): Promise<Tree> {
  const volume = await openVolume(file);
  try {
    await assertVolumeSound(volume);
    return await treeOf(volume);
  } finally {
    await volume.close();
  }
}

test.serial('a backup that is killed at any moment leaves volume and backup whole', async (t) => {
  t.timeout(600_000);
  t.log(`CABINET_CRASH_SEED=${SEED}`);
  const random = createRandom(SEED);
  await withFolder(async (folder) => {
    const file = join(folder, 'v');
    const backup = join(folder, 'backup');
    const volume = await openVolume(file);
    await fillVolume(volume);
    await volume.close();
    for (let round = 0; round < RANDOM_KILLS; round += 1) {
      const task = { file, others: [backup], overwrite: true, killBefore: 0 };
      await run({ ...task, kind: 'backup', isEndless: true }, between(random, 0, 700));
      await assertBackupWhole(t, backup, `round ${round}`);
      await assertTidied(t, file, backup);
    }
  });
});

test.serial('a restore that is killed at any moment leaves one of the two volumes', async (t) => {
  t.timeout(600_000);
  t.log(`CABINET_CRASH_SEED=${SEED + 1}`);
  const random = createRandom(SEED + 1);
  await withFolder(async (folder) => {
    const stage = await makeStage(folder);
    const { file, backups, trees } = stage;
    for (let round = 0; round < RANDOM_KILLS; round += 1) {
      const task = { file, others: backups, overwrite: true, killBefore: 0 };
      await run({ ...task, kind: 'restore', isEndless: true }, between(random, 0, 900));
      await assertOneOfThem(t, stage, `round ${round}`);
    }
    await restoreVolume(backups[0], file, { overwrite: true });
    t.deepEqual(beside(file), ['v']);
    t.deepEqual(await treeOfFile(file), trees[0]);
  });
});
