/**
 * Calls to the system fail: the 1st, 2nd ... nth of one kind, for everything that is done to a volume as a
 * whole. The answer is right or an error of ours, nothing is half done, and the volume opens again.
 *
 * CABINET_FAULTS: most faults for each operation and effect, 0 means all. Without it two of two effects.
 * CABINET_FAULTS_OF: only these operations, `open,write`, so that a long run may be made in parts.
 * CABINET_FAULTS_SEED: chooses the calls that fail, when not all do.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { createControl, EFFECTS, type EffectName } from '../support/disk/faults.js';
import { compileShim, shimEnvironment } from '../support/disk/shim.js';
import { seedFrom } from '../support/random.js';
import { runNode } from '../support/run-program.js';
import { withFolder } from '../support/temporary-volume.js';
import type { DiskFigures, DiskTask } from './disk-child.js';

const CHILD = fileURLToPath(new URL('./disk-child.js', import.meta.url));
const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);
const isLong = process.env.CABINET_FAULTS !== undefined;
const MOST = Number(process.env.CABINET_FAULTS ?? 2);
const SEED = seedFrom('CABINET_FAULTS_SEED');
const SHORT_EFFECTS: readonly EffectName[] = ['no space any more', 'an I/O error'];
const ALL_OPERATIONS = [
  'open',
  'write',
  'delete',
  'sync',
  'checkpoint',
  'close',
  'backup',
  'restore',
  'compact',
  'migrate',
  'import',
];
const OPERATIONS = process.env.CABINET_FAULTS_OF?.split(',') ?? ALL_OPERATIONS;
const CHILD_MS = 1_800_000;

/** A volume with a backup of another state of it, and a tree to import. */
async function prepare(folder: string, operation: string): Promise<void> {
  const work = join(folder, 'prepared', 'work');
  mkdirSync(work, { recursive: true });
  const file = join(work, 'test.cabinet');
  if (operation === 'migrate') {
    cpSync(FROZEN, file);
    return;
  }
  const source = join(folder, 'prepared', 'source');
  mkdirSync(source);
  for (let index = 0; index < 5; index += 1) writeFileSync(join(source, `i${index}`), `${index}`);
  await using volume = await openVolume(file, { compaction: { auto: false } });
  const fs = volume.fs.promises;
  await fs.mkdir('/d');
  for (let index = 0; index < 8; index += 1) {
    await fs.writeFile(`/d/${index}`, Buffer.alloc(index * 30_000, index));
  }
  if (operation === 'backup' || operation === 'restore') await volume.backup(join(work, 'backup'));
  await fs.unlink('/d/3');
}

/** Closing is the last barrier that there is: it must not keep quiet. */
function effectsOf(operation: string): readonly EffectName[] {
  if (isLong) return Object.keys(EFFECTS) as EffectName[];
  return operation === 'close' ? [...SHORT_EFFECTS, 'I/O errors from then on'] : SHORT_EFFECTS;
}

function describe({ calls, faults, unharmed, errors }: DiskFigures): string {
  const answers = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  return [`${faults} of ${calls} calls`, `done ${unharmed}`, ...answers].join(', ');
}

test.serial('the operations are known', (t) => {
  for (const operation of OPERATIONS) t.true(ALL_OPERATIONS.includes(operation), operation);
});

for (const operation of OPERATIONS) {
  test.serial(`${operation}: calls to the system fail`, async (t) => {
    t.timeout(6 * 3_600_000);
    await withFolder(async (folder) => {
      const shim = compileShim(folder);
      if ('why' in shim) {
        t.log(`not run: ${shim.why}`);
        t.pass();
        return;
      }
      t.log(`CABINET_FAULTS_SEED=${SEED}`);
      await prepare(folder, operation);
      const control = join(folder, 'control');
      createControl(control);
      const env = shimEnvironment(shim.path, { folder: join(folder, 'work'), control });
      for (const effect of effectsOf(operation)) {
        const task: DiskTask = { folder, control, operation, effect, most: MOST, seed: SEED };
        const args = [CHILD, JSON.stringify(task)];
        const { status, stdout, stderr } = await runNode(args, { env, timeoutMs: CHILD_MS });
        t.is(status, 0, `${operation}, ${effect}: ${stderr}`);
        const line = `${effect}: ${describe(JSON.parse(stdout) as DiskFigures)}`;
        t.log(line);
        // Of a long run, at once: the test tells it when it is through with all of them.
        if (isLong) console.error(`${operation}, ${line}`);
      }
    });
  });
}
