/**
 * SIGKILL at every step of a compaction and of a migration: the volume is the old one or the new one, and
 * what is left beside it goes when it is next opened.
 */
import { copyFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { compactVolume, migrateVolume, openVolume, planMigration } from '#src/index.js';
import { removeLeftovers } from '#src/maintenance/placement/leftovers.js';
import { partialOf } from '#src/maintenance/placement/partials.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { makerName } from '#src/writer/maker-name.js';
import { runProgram } from '../support/run-program.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const HOOK = new URL('./kill-at-step.js', import.meta.url).href;
const CHILD = fileURLToPath(new URL('./operation-child.js', import.meta.url));
const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);
const NEWEST = readMigrations().length;
const FILES = 20;
const FILE_BYTES = 100_000;

interface Run {
  readonly killAt: number;
  readonly from: string;
}

/** Runs the operation in a process that is killed before its step; whether it came to the end. */
async function runUntil(operation: string, file: string, { killAt, from }: Run): Promise<boolean> {
  const env = { ...process.env, KILL_AT_STEP: String(killAt), KILL_FROM: from };
  const { status, stdout, stderr } = await runProgram(
    process.execPath,
    ['--import', HOOK, CHILD, operation, file],
    { env },
  );
  if (status === 0 && stdout.includes('done')) return true;
  if (status !== null) throw new Error(`it ended with ${status}: ${stderr}`);
  return false;
}

async function makeVolume(file: string): Promise<void> {
  const volume = await openVolume(file, { compaction: { auto: false } });
  for (let index = 0; index < FILES; index += 1) {
    await volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(FILE_BYTES, index));
  }
  for (let index = 1; index < FILES; index += 2) await volume.fs.promises.unlink(`/${index}`);
  await volume.close();
}

async function assertWhole(t: ExecutionContext, file: string, when: string): Promise<void> {
  for (const readOnly of [true, false]) {
    await using volume = await openVolume(file, { readOnly });
    for (let index = 0; index < FILES; index += 2) {
      const bytes = (await volume.fs.promises.readFile(`/${index}`)) as Buffer;
      t.true(bytes.equals(Buffer.alloc(FILE_BYTES, index)), when);
    }
    await assertVolumeSound(volume);
  }
}

function partials(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.includes('partial'));
}

test('a compaction that is killed at any step leaves a whole volume, and nothing that stays', async (t) => {
  await withFolder(async (folder) => {
    const original = join(folder, 'original');
    await makeVolume(original);
    const sizes = new Set<number>();
    let leftovers = 0;
    let step = 1;
    for (; ; step += 1) {
      const own = join(folder, String(step));
      const file = `${own}.cabinet`;
      copyFileSync(original, file);
      const isDone = await runUntil('compact', file, { killAt: step, from: 'BEGIN EXCLUSIVE' });
      leftovers += partials(folder).length;
      await assertWhole(t, file, `killed before step ${step}`);
      t.deepEqual(partials(folder), [], `after step ${step}`);
      sizes.add(statSync(file).size);
      if (isDone) break;
    }
    t.log(`killed at ${step - 1} steps, ${leftovers} leftovers, ${sizes.size} sizes`);
    t.true(step > 20);
    t.true(leftovers > 0);
    t.true(sizes.size >= 2, 'the old one and the new one');
  });
});

test('a compaction that is killed at any moment leaves a whole volume', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await makeVolume(file);
    for (let delayMs = 150; delayMs < 700; delayMs += 50) {
      await runProgram(process.execPath, [CHILD, 'compact', file], { timeoutMs: delayMs });
      await assertWhole(t, file, `ended after ${delayMs} ms`);
      t.deepEqual(partials(folder), []);
    }
    const { freedPages } = await compactVolume(file, { full: true });
    t.true(freedPages >= 0);
  });
});

test('a migration that is killed at any step leaves the old volume or the new one', async (t) => {
  await withFolder(async (folder) => {
    let leftovers = 0;
    const versions = new Set<number>();
    let step = 1;
    for (; ; step += 1) {
      const file = join(folder, `${step}.cabinet`);
      copyFileSync(FROZEN, file);
      const isDone = await runUntil('migrate', file, { killAt: step, from: 'VACUUM INTO' });
      leftovers += partials(folder).length;
      versions.add(planMigration(file).from);
      await using volume = await openVolume(file);
      await assertVolumeSound(volume);
      t.deepEqual(partials(folder), [], `after step ${step}`);
      const copies = readdirSync(folder).filter((name) =>
        name.startsWith(`${step}.cabinet.before`),
      );
      t.true(copies.length >= 1, 'there is a copy from before');
      await using copy = await openVolume(join(folder, copies[0] as string), { safetyCopy: false });
      await assertVolumeSound(copy);
      if (isDone) break;
    }
    t.log(`killed at ${step - 1} steps, ${leftovers} leftovers`);
    t.true(step > 5);
    t.true(leftovers > 0);
    t.deepEqual(
      [...versions].sort(),
      Array.from({ length: NEWEST }, (_, index) => index + 1),
      'killed before each step, and after the last',
    );
  });
});

test('a safety copy that somebody is making is left alone, one of a dead process is removed', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await (await openVolume(file)).close();
    const alive = `${file}.before-v2.${makerName()}.partial`;
    const [system, , ...rest] = makerName().split('-');
    const dead = `${file}.before-v2.${[system, 4_000_000, ...rest].join('-')}.partial`;
    const elsewhere = `${file}.before-v2.12345678-1-1-0123456789ab.partial`;
    const foreign = `${file}.before-v2.mine.partial`;
    const compacted = partialOf(file, '12345678-1-1-0123456789ab', 'compacted');
    for (const path of [alive, dead, elsewhere, foreign, compacted, `${compacted}-journal`]) {
      writeFileSync(path, 'x');
    }
    const removed = removeLeftovers(file);
    t.true(removed.includes(compacted) && removed.includes(`${compacted}-journal`));
    t.is(removed.includes(dead), process.platform === 'linux');
    for (const path of [alive, elsewhere, foreign]) t.false(removed.includes(path), path);
  });
});

test('a migration tells how far it is and what it has made', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    copyFileSync(FROZEN, file);
    const plan = planMigration(file);
    t.is(plan.from, 1);
    t.true(plan.to > 1);
    t.is(plan.pending.length, plan.to - 1);
    t.is(plan.safetyCopy?.path, `${file}.before-v2`);
    t.true((plan.safetyCopy?.bytes ?? 0) > 50_000);
    t.true(plan.freeBytes > 0);
    t.is(planMigration(file).from, 1, 'nothing was changed');
    const phases: string[] = [];
    const report = await migrateVolume(file, {
      onProgress: ({ phase, step = '' }) => {
        if (phases.at(-1) !== `${phase} ${step}`) phases.push(`${phase} ${step}`);
      },
    });
    t.deepEqual(phases, ['copy ', ...plan.pending.map((name) => `step ${name}`)]);
    t.is(report.safetyCopy, plan.safetyCopy?.path);
    t.deepEqual(planMigration(file).pending, []);
    t.is(planMigration(file).safetyCopy, null);
    const again = await migrateVolume(file);
    t.deepEqual(again.applied, []);
  });
});

test('a migration can be given up, and wrong input is refused', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    copyFileSync(FROZEN, file);
    await t.throwsAsync(migrateVolume(file, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    });
    t.is(planMigration(file).from, 1);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await t.throwsAsync(migrateVolume(file, { onProgress, signal: controller.signal }), {
      name: 'AbortError',
    });
    // The last step may have been done when the abort came.
    t.true(planMigration(file).from <= NEWEST);
    await t.throwsAsync(migrateVolume(join(folder, 'none')), { code: 'ERR_VOLUME_NOT_FOUND' });
    await t.throwsAsync(migrateVolume(folder), { code: 'ERR_NOT_A_VOLUME' });
    await t.throwsAsync(migrateVolume(file, { safety: true } as never), {
      code: 'ERR_OPTION_UNKNOWN',
    });
    await t.throwsAsync(migrateVolume(file, { safetyCopy: 1 } as never), {
      code: 'ERR_OPTION_INVALID',
    });
    writeFileSync(join(folder, 'text'), 'no database'.repeat(1000));
    await t.throwsAsync(migrateVolume(join(folder, 'text')), { code: 'ERR_NOT_A_VOLUME' });
    t.throws(() => planMigration(join(folder, 'text')), { code: 'ERR_NOT_A_VOLUME' });
  });
});
