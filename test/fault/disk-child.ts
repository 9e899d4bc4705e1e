/**
 * Run by `disk.test.ts` under the shim: does one thing to a volume again and again, with the 1st, 2nd ...
 * nth call to the system failing, and looks at what is left each time. Ends with a line of figures.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  compactVolume,
  importTree,
  migrateVolume,
  openVolume,
  restoreVolume,
  verifyVolume,
} from '#src/index.js';
import { arm, disarm, type EffectName } from '../support/disk/faults.js';
import { assertVolumeSound, type FsPromises, type Volume } from '../support/subject.js';
import { captureTree } from '../support/tree.js';

const [folder, control, operation, effect, most] = process.argv.slice(2) as [
  string,
  string,
  string,
  EffectName,
  string,
];
/** What the parent has prepared: `original` and what belongs to it. */
const prepared = join(folder, 'prepared');
/** Watched. */
const work = join(folder, 'work');
const file = join(work, 'test.cabinet');
const DENSE = 12;

interface Operation {
  /** What is not to fail. */
  before?(): Promise<Volume>;
  run(volume: Volume): Promise<unknown>;
}

const BIG = Buffer.alloc(300_000, 'big');
const open = (): Promise<Volume> => openVolume(file, { durability: 'full' });

const OPERATIONS: Record<string, Operation> = {
  open: { run: async () => (await open()).close() },
  write: { before: open, run: (volume) => volume.fs.promises.writeFile('/new', BIG) },
  delete: { before: open, run: (volume) => volume.fs.promises.rm('/d', { recursive: true }) },
  sync: {
    before: open,
    run: async (volume) => {
      await volume.fs.promises.writeFile('/new', 'small');
      await volume.sync();
    },
  },
  checkpoint: {
    before: async () => {
      const volume = await open();
      await volume.fs.promises.writeFile('/new', BIG);
      return volume;
    },
    run: (volume) => volume.checkpoint('truncate'),
  },
  close: {
    before: async () => {
      const volume = await open();
      await volume.fs.promises.writeFile('/new', BIG);
      return volume;
    },
    run: (volume) => volume.close(),
  },
  backup: {
    before: open,
    run: (volume) => volume.backup(join(work, 'backup'), { overwrite: true }),
  },
  restore: { run: () => restoreVolume(join(work, 'backup'), file, { overwrite: true }) },
  compact: { run: () => compactVolume(file, { full: true }) },
  migrate: { run: () => migrateVolume(file) },
  import: { before: open, run: (volume) => importTree(volume, join(prepared, 'source')) },
};

async function treeOf(path: string): Promise<string> {
  await using volume = await openVolume(path, { durability: 'off', safetyCopy: false });
  await assertVolumeSound(volume);
  return JSON.stringify(await captureTree(volume.fs.promises as unknown as FsPromises, '/'));
}

function begin(): void {
  rmSync(work, { recursive: true, force: true });
  cpSync(join(prepared, 'work'), work, { recursive: true });
}

interface Attempt {
  readonly fired: number;
  readonly error: { readonly name: string; readonly code?: string } | undefined;
}

/** Does it once with the nth call failing. */
async function attempt(nth: number): Promise<Attempt> {
  const { before, run } = OPERATIONS[operation] as Operation;
  begin();
  const volume = (await before?.()) as Volume;
  arm(control, effect, nth);
  let error: Attempt['error'];
  try {
    await run(volume);
  } catch (thrown) {
    error = thrown as Attempt['error'];
  }
  const fired = disarm(control);
  // It works on, or has failed and says so; both can be closed.
  if (volume !== undefined && volume.state === 'open') await assertUsable(volume);
  await volume?.close();
  return { fired, error };
}

/** What is asked of it is answered, with an error of ours where it has stopped. */
async function assertUsable(volume: Volume): Promise<void> {
  await volume.fs.promises.readdir('/');
  try {
    await volume.fs.promises.writeFile('/probe', 'probe');
    await volume.fs.promises.unlink('/probe');
  } catch (error) {
    assertOurs(error as { name: string; code?: string }, 'after the fault');
  }
}

function assertOurs(error: { name: string; code?: string }, where: string): void {
  assert.match(String(error.code), /^E[A-Z_]+$/, `${where}: ${String(error)}`);
  assert.match(error.name, /^(FsError|VolumeError)$/, `${where}: ${String(error)}`);
}

/** Operations whose pieces are changes of their own. */
const IN_PIECES = ['import', 'sync'];

async function main(): Promise<void> {
  begin();
  const known = [await treeOf(file)];
  await attempt(0);
  known.push(await treeOf(file));
  const [faults, errors] = [[] as number[], new Set<string>()];
  for (let nth = 1; faults.length < Number(most); nth += nth < DENSE ? 1 : Math.ceil(nth / 3)) {
    const where = `${operation}, ${effect} at call ${nth}`;
    const { fired, error } = await attempt(nth);
    if (fired === 0) break;
    faults.push(nth);
    if (error !== undefined) {
      assertOurs(error, where);
      errors.add(String(error.code));
    }
    const found = await treeOf(file);
    const isKnown = error === undefined ? found === known[1] : known.includes(found);
    assert.ok(isKnown || IN_PIECES.includes(operation), `${where}: neither before nor after`);
    if (existsSync(join(work, 'backup'))) {
      assert.ok((await verifyVolume(join(work, 'backup'))).ok, `${where}: the backup`);
    }
  }
  console.log(JSON.stringify({ faults: faults.length, errors: [...errors].sort() }));
}

await main();
