/**
 * Random operations on a file of a mount, compared with a file in memory. CABINETFS_FSX_OPERATIONS makes
 * it longer, CABINETFS_FSX_SEED repeats a run.
 */
import test from 'ava';
import { projectPath } from '../../support/project.js';
import { seedFrom } from '../../support/random.js';
import { runProgram } from '../../support/run-program.js';
import { mountRefusal, withMount } from '../support/mounted.js';

const OPERATIONS = Number(process.env.CABINETFS_FSX_OPERATIONS ?? 20_000);
const MS_PER_OPERATION = 20;

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

mounting('random operations on a file leave what they would leave in memory', (t) => {
  const timeoutMs = Math.max(120_000, OPERATIONS * MS_PER_OPERATION);
  t.timeout(timeoutMs);
  const seed = seedFrom('CABINETFS_FSX_SEED');
  return withMount(t, {}, async ({ dir }) => {
    const script = projectPath('test/fuse/semantics/fsx.py');
    const args = [script, dir, String(seed), String(OPERATIONS)];
    const run = await runProgram('python3', args, { timeoutMs });
    t.log(`seed ${seed}: ${run.stdout.trim()}`);
    t.is(run.status, 0, `${run.stdout}\n${run.stderr}`);
  });
});
