/**
 * Run by `disk.test.ts` under the shim: does one thing to a volume again and again, with the 1st, 2nd ...
 * nth call to the system failing, and looks at what is left each time. Ends with a line of figures.
 *
 * Of more calls than are to fail, as many are chosen as there may be: one of each stretch of equal length.
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
import { arm, type Counted, disarm, type EffectName, NEVER } from '../support/disk/faults.js';
import { between, createRandom } from '../support/random.js';
import { assertVolumeSound, type FsPromises, type Volume } from '../support/subject.js';
import { captureTree } from '../support/tree.js';

export interface DiskTask {
  readonly folder: string;
  /** The file by which calls are made to fail. */
  readonly control: string;
  readonly operation: string;
  readonly effect: EffectName;
  /** Most faults; 0 means all. */
  readonly most: number;
  readonly seed: number;
}

export interface DiskFigures {
  /** Calls of the operation that the effect can hit. */
  readonly calls: number;
  readonly faults: number;
  /** Faults after which the operation succeeded. */
  readonly unharmed: number;
  /** How often the others were answered with what. */
  readonly errors: Readonly<Record<string, number>>;
}

const task = JSON.parse(process.argv[2] as string) as DiskTask;
const { folder, control, operation, effect } = task;
/** What the parent has prepared: `original` and what belongs to it. */
const prepared = join(folder, 'prepared');
/** Watched. */
const work = join(folder, 'work');
const file = join(work, 'test.cabinet');
/** An operation, with what is looked at afterwards; one that hangs ends the run with a word of where. */
const ATTEMPT_MS = 60_000;

interface Operation {
  /** What is not to fail. */
  before?(): Promise<Volume>;
  run(volume: Volume): Promise<unknown>;
}

const BIG = Buffer.alloc(300_000, 'big');
const open = (): Promise<Volume> => openVolume(file, { durability: 'full' });
/** Closing is the barrier then. */
const openUnsynced = (): Promise<Volume> => openVolume(file, { durability: 'normal' });

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
      const volume = await openUnsynced();
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

interface Attempt extends Counted {
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
  const counted = disarm(control);
  // It works on, or has failed and says so; both can be closed.
  if (volume !== undefined && volume.state === 'open') await assertUsable(volume);
  // Closing twice is closing once, with the same answer.
  if (operation !== 'close') await volume?.close();
  return { ...counted, error };
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

/** Operations that end with a barrier. */
const MUST_SYNC = ['write', 'sync', 'close'];
/** Operations whose pieces are changes of their own. */
const IN_PIECES = ['import', 'sync'];

/** Which calls are to fail, of so many. */
function chosen(calls: number): number[] {
  const faults = task.most === 0 ? calls : Math.min(calls, task.most);
  const random = createRandom(task.seed);
  const bound = (index: number): number => Math.floor((index * calls) / faults);
  return Array.from({ length: faults }, (_, index) =>
    between(random, bound(index) + 1, bound(index + 1)),
  );
}

/** One fault, and whether what it left is what there was before or what there is afterwards. */
async function tryFault(nth: number, known: readonly string[]): Promise<Attempt> {
  const where = `${operation}, ${effect} at call ${nth}`;
  const late = setTimeout(() => {
    console.error(`${where}: not done after ${ATTEMPT_MS} ms`);
    process.exit(1);
  }, ATTEMPT_MS);
  const tried = await attempt(nth);
  const { error } = tried;
  if (error !== undefined) assertOurs(error, where);
  // With errors from the first call on nothing can have been synced: it must not say so.
  const canSync = !(nth === 1 && effect === 'I/O errors from then on');
  assert.ok(error !== undefined || canSync || !MUST_SYNC.includes(operation), `${where}: no error`);
  const found = await treeOf(file);
  const isKnown = error === undefined ? found === known[1] : known.includes(found);
  assert.ok(isKnown || IN_PIECES.includes(operation), `${where}: neither before nor after`);
  if (existsSync(join(work, 'backup'))) {
    assert.ok((await verifyVolume(join(work, 'backup'))).ok, `${where}: the backup`);
  }
  clearTimeout(late);
  return tried;
}

async function main(): Promise<void> {
  begin();
  const before = await treeOf(file);
  const { seen: calls } = await attempt(NEVER);
  const known = [before, await treeOf(file)];
  let [faults, unharmed] = [0, 0];
  const errors: Record<string, number> = {};
  for (const nth of chosen(calls)) {
    const { fired, error } = await tryFault(nth, known);
    // Threads and clocks make a call more or less.
    if (fired === 0) continue;
    faults += 1;
    if (error === undefined) unharmed += 1;
    else errors[String(error.code)] = (errors[String(error.code)] ?? 0) + 1;
  }
  console.log(JSON.stringify({ calls, faults, unharmed, errors } satisfies DiskFigures));
}

await main();
