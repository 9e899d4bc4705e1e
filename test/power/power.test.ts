/**
 * Power cuts: the writes and syncs of a process are recorded and replayed to a disk that loses, tears and
 * reorders what was not synced, cut at many points. Afterwards the volume opens, passes its check, and
 * holds what its level of durability promises.
 *
 * CABINET_POWER_CUTS: cuts for each test, 12 if not given; 0 means every loss at every record.
 * CABINET_POWER_SEED: repeats operations and losses.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openVolume, planMigration, verifyVolume } from '#src/index.js';
import { type Model, readModel } from '../crash/operation.js';
import { compileShim } from '../support/disk/shim.js';
import { seedFrom } from '../support/random.js';
import { assertVolumeSound, type FsPromises, type Volume } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { captureTree, type Tree } from '../support/tree.js';
import { History, type Level, ROOT } from './history.js';
import { cutEverywhere, type RecordRequest, recordRun } from './record.js';

const LEVELS = ['full', 'interval', 'normal', 'off'] as const;
const CUTS = Number(process.env.CABINET_POWER_CUTS ?? 12);
const SEED = seedFrom('CABINET_POWER_SEED');
const OPERATIONS = Number(process.env.CABINET_POWER_OPERATIONS ?? 60);
const SYNC_INTERVAL_MS = 1000;
const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);
const TIMEOUT_MS = 6 * 3_600_000;

/** Runs `fn` with the shim, or says why it cannot. */
async function withShim(
  t: ExecutionContext,
  fn: (shim: string, folder: string) => Promise<void>,
): Promise<void> {
  t.timeout(TIMEOUT_MS);
  await withFolder(async (folder) => {
    const shim = compileShim(folder);
    if ('why' in shim) {
      t.log(`not run: ${shim.why}`);
      t.pass();
    } else await fn(shim.path, folder);
  });
}

/** The whole tree of a volume. */
async function treeOf(volume: Volume): Promise<Tree> {
  return await captureTree(volume.fs.promises as unknown as FsPromises, '/');
}

async function treeOfFile(file: string): Promise<Tree> {
  await using volume = await openVolume(file, { durability: 'off', safetyCopy: false });
  await assertVolumeSound(volume);
  return await treeOf(volume);
}

/** A volume that has been worked on. */
async function fillVolume(file: string, salt: number): Promise<Tree> {
  await using volume = await openVolume(file, { compaction: { auto: false } });
  const fs = volume.fs.promises;
  await fs.mkdir('/d');
  for (let index = 0; index < 12; index += 1) {
    await fs.writeFile(`/d/${index}`, Buffer.alloc(index * 9000 + salt, index));
  }
  for (let index = 0; index < 12; index += 3) await fs.unlink(`/d/${index}`);
  return await treeOf(volume);
}

/** Runs a scenario over the volume that is there, and looks at what every cut leaves. */
async function cutScenario(
  t: ExecutionContext,
  request: RecordRequest,
  examine: (folder: string, isDone: boolean, where: string) => Promise<void>,
): Promise<void> {
  t.log(`CABINET_POWER_SEED=${SEED}`);
  const recording = await recordRun(request);
  let isDone = false;
  const cuts = await cutEverywhere(
    recording,
    { seed: SEED, cuts: CUTS },
    (record) => {
      isDone ||= record.kind === 'mark';
      return true;
    },
    async ({ folder, at, loss }) => {
      const where = `seed ${SEED}, record ${at} of ${recording.records.length}, ${loss}`;
      try {
        await examine(folder, isDone, where);
      } catch (error) {
        throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
      }
    },
  );
  t.true(cuts > 0);
  t.log(`${recording.records.length} records, ${cuts} cuts`);
}

/** Opens what is left, checks it, and reads what is in it; undefined when there is no file. */
async function findModel(file: string): Promise<Model | undefined> {
  if (!existsSync(file)) return undefined;
  const volume = await openVolume(file, { durability: 'off' });
  try {
    await assertVolumeSound(volume);
    const names = (await volume.fs.promises.readdir('/')) as string[];
    return names.includes(ROOT.slice(1)) ? await readModel(volume, ROOT) : new Map();
  } finally {
    await volume.close();
  }
}

for (const [index, level] of LEVELS.entries()) {
  test.serial(`after a power cut nothing is lost that '${level}' promises`, async (t) => {
    await withShim(t, async (shim, folder) => {
      t.log(`CABINET_POWER_SEED=${SEED}`);
      const seed = SEED + index;
      const options = {
        durability: level,
        checkpointWalBytes: 512 * 1024,
        syncIntervalMs: SYNC_INTERVAL_MS,
      };
      const operations = OPERATIONS;
      const place = join(folder, 'disk');
      const run = { shim, folder: place, scenario: 'work', options, seed, operations };
      const recording = await recordRun(run);
      const history = new History();
      const cuts = await cutEverywhere(
        recording,
        { seed, cuts: level === 'off' ? 0 : CUTS },
        (record) => {
          history.note(record);
          // Without syncs damage is no breach of promise, but at a barrier.
          return level !== 'off' || history.isAtBarrier;
        },
        async ({ folder: left, at, loss, timeMs }) => {
          const promised = history.promised(level as Level, SYNC_INTERVAL_MS, timeMs);
          const where = `seed ${SEED}, record ${at} of ${recording.records.length}, ${loss}`;
          const found = await findModel(join(left, 'test.cabinet')).catch((error: Error) => {
            throw new Error(`${where}: ${error.message}`, { cause: error });
          });
          t.is(history.judge(found, promised), undefined, where);
        },
      );
      t.true(cuts > 0);
      t.is(history.acknowledged, operations);
      t.log(`${recording.records.length} records, ${cuts} cuts`);
    });
  });
}

test.serial('a compaction that loses power leaves the volume whole', async (t) => {
  await withShim(t, async (shim, folder) => {
    const place = join(folder, 'disk');
    mkdirSync(place);
    const tree = await fillVolume(join(place, 'test.cabinet'), 1);
    await cutScenario(t, { shim, folder: place, scenario: 'compact' }, async (left, _, where) => {
      t.deepEqual(await treeOfFile(join(left, 'test.cabinet')), tree, where);
    });
  });
});

test.serial('a migration that loses power leaves the old volume or the new one', async (t) => {
  await withShim(t, async (shim, folder) => {
    const place = join(folder, 'disk');
    mkdirSync(place);
    copyFileSync(FROZEN, join(place, 'test.cabinet'));
    copyFileSync(FROZEN, join(folder, 'again.cabinet'));
    const tree = await treeOfFile(join(folder, 'again.cabinet'));
    await cutScenario(
      t,
      { shim, folder: place, scenario: 'migrate' },
      async (left, isDone, where) => {
        const file = join(left, 'test.cabinet');
        if (isDone) t.deepEqual(planMigration(file).pending, [], where);
        t.deepEqual(await treeOfFile(file), tree, where);
        const copy = `${file}.before-v2`;
        if (existsSync(copy)) t.deepEqual(await treeOfFile(copy), tree, where);
      },
    );
  });
});

test.serial('a restore that loses power leaves the one volume or the other', async (t) => {
  await withShim(t, async (shim, folder) => {
    const place = join(folder, 'disk');
    mkdirSync(place);
    const restored = await fillVolume(join(folder, 'source'), 7);
    {
      await using source = await openVolume(join(folder, 'source'));
      await source.backup(join(place, 'backup'));
    }
    const old = await fillVolume(join(place, 'test.cabinet'), 1);
    await cutScenario(
      t,
      { shim, folder: place, scenario: 'restore' },
      async (left, isDone, where) => {
        const found = await treeOfFile(join(left, 'test.cabinet'));
        const isRestored = JSON.stringify(found) === JSON.stringify(restored);
        if (isDone || isRestored) t.deepEqual(found, restored, where);
        else t.deepEqual(found, old, where);
        t.true((await verifyVolume(join(left, 'backup'))).ok, where);
      },
    );
  });
});

test.serial('a backup that loses power leaves the one before or the new one', async (t) => {
  await withShim(t, async (shim, folder) => {
    const place = join(folder, 'disk');
    mkdirSync(place);
    const file = join(place, 'test.cabinet');
    await fillVolume(file, 1);
    let old: string;
    {
      await using volume = await openVolume(file);
      old = (await volume.backup(join(place, 'backup'))).sha256;
      await volume.fs.promises.writeFile('/newer', Buffer.alloc(50_000, 'n'));
    }
    const tree = await treeOfFile(file);
    await cutScenario(
      t,
      { shim, folder: place, scenario: 'backup' },
      async (left, isDone, where) => {
        t.deepEqual(await treeOfFile(join(left, 'test.cabinet')), tree, where);
        const { ok, problems, manifest } = await verifyVolume(join(left, 'backup'));
        t.true(ok, `${where}: ${JSON.stringify(problems)}`);
        t.not(manifest, null, where);
        if (isDone) t.not(manifest?.sha256, old, where);
      },
    );
  });
});

test.serial('an import into a new volume that loses power keeps whole files', async (t) => {
  await withShim(t, async (shim, folder) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    for (let index = 0; index < 40; index += 1) {
      writeFileSync(join(source, String(index)), Buffer.alloc(index * 3000, index));
    }
    const request = { shim, folder: join(folder, 'disk'), scenario: 'import', source };
    await cutScenario(t, request, async (left, isDone, where) => {
      const file = join(left, 'test.cabinet');
      if (!existsSync(file) && !isDone) return;
      await using volume = await openVolume(file, { durability: 'off' });
      await assertVolumeSound(volume);
      const names = (await volume.fs.promises.readdir('/')) as string[];
      if (isDone) t.is(names.length, 40, where);
      for (const name of names) {
        const bytes = (await volume.fs.promises.readFile(`/${name}`)) as Buffer;
        t.true(bytes.equals(Buffer.alloc(Number(name) * 3000, Number(name))), `${where}: ${name}`);
      }
    });
  });
});
