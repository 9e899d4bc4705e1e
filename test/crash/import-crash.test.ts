/**
 * `cabinet import` into a new volume is killed at random moments: what is there is sound, for a reader
 * as well, and the same command does the rest.
 *
 * CABINET_CRASH_SEED: repeats the moments as far as the scheduling of processes allows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { exportTree, importTree, openVolume } from '#src/index.js';
import { captureHostTree, payload } from '../support/host-tree.js';
import { projectPath } from '../support/project.js';
import { between, createRandom, seedFrom } from '../support/random.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const CABINET = projectPath('dist/cli/main.js');
const SEED = seedFrom('CABINET_CRASH_SEED');
const KILLS = 6;
const FILES = 1200;
const BIG_FILE_BYTES = 3_000_000;
const VOLUME_BYTES = 9_000_000;

function makeSource(root: string): void {
  for (let index = 0; index < FILES; index += 1) {
    const directory = join(root, `d${index % 30}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${index}`), payload((index * 37) % 8000, index + 1));
  }
  writeFileSync(join(root, 'big'), payload(BIG_FILE_BYTES));
}

/** Kills the import when the volume has grown to `bytes`; returns whether that came before its end. */
async function importAndKill(file: string, source: string, bytes: number): Promise<boolean> {
  const child = spawn(process.execPath, [CABINET, 'import', file, source, '--quiet']);
  const ended = once(child, 'exit');
  while (child.exitCode === null && sizeOf(file) < bytes) await setImmediate();
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal === 'SIGKILL';
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

test('an import that is killed leaves a sound volume, and the next one does the rest', async (t) => {
  t.timeout(240_000);
  t.log(`CABINET_CRASH_SEED=${SEED}`);
  const random = createRandom(SEED);
  await withFolder(async (folder) => {
    const source = join(folder, 'source');
    makeSource(source);
    const wanted = await captureHostTree(source);
    let killed = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const file = join(folder, `${round}.cabinet`);
      const bytes = between(random, 1, VOLUME_BYTES);
      if (await importAndKill(file, source, bytes)) killed += 1;
      // Killed before the schema was there, it is no volume yet; the next import makes one.
      if (existsSync(file) && bytes > BIG_FILE_BYTES) {
        const reader = await openVolume(file, { readOnly: true });
        await assertVolumeSound(reader);
        await reader.close();
      }
      const volume = await openVolume(file);
      await assertVolumeSound(volume);
      t.deepEqual((await importTree(volume, source)).skipped, []);
      const copy = join(folder, `copy${round}`);
      await exportTree(volume, copy);
      t.deepEqual(await captureHostTree(copy), wanted);
      await assertVolumeSound(volume);
      await volume.close();
    }
    t.true(killed > 0, 'no import was slow enough to be killed');
  });
});
