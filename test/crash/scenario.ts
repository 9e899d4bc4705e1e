/** What is killed in the crash tests, and what must be found afterwards. */
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAILPOINTS, type Failpoint } from '#src/core/failpoint.js';
import { openVolume, planMigration, verifyVolume } from '#src/index.js';
import { runProgram } from '../support/run-program.js';
import {
  assertVolumeSound,
  type FsPromises,
  type OpenOptions,
  type Volume,
} from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';
import { demandWhole, replay } from './acknowledged.js';
import type { CrashTask } from './crash-child.js';
import { type Model, readModel } from './operation.js';

export const LEVELS = ['full', 'interval', 'normal', 'off'] as const;
export type Level = (typeof LEVELS)[number];

export interface Examined {
  readonly acknowledged: number;
  /** Operations under way that turned out to be done, and not. */
  readonly done: number;
  readonly notDone: number;
}

export interface Scenario {
  readonly name: string;
  readonly level: Level;
  readonly failpoints: readonly Failpoint[];
  /** Longest time until the kill, in milliseconds after the child is ready. */
  readonly lifeMaxMs: number;
  /** Makes what the next child works on. */
  prepare(seed: number): Promise<CrashTask>;
  /** Throws for what is lost, half done or unsound. */
  examine(): Promise<Examined>;
}

const FROZEN = fileURLToPath(
  new URL('../../../test/upgrade/frozen/schema-v1.cabinet', import.meta.url),
);
const ACTORS = 6;
const MOUNTED_ACTORS = 3;
/** A new volume is begun after so many kills. */
const NEW_ONE_IN = 12;
const NOTHING: Examined = { acknowledged: 0, done: 0, notDone: 0 };

/** The failpoints of these parts of the code, as `src/core/failpoint.ts` lists them. */
function pointsOf(...parts: readonly string[]): readonly Failpoint[] {
  const found = FAILPOINTS.filter((name) => parts.includes(name.split(':')[0] as string));
  if (found.length === 0) throw new Error(`no failpoint begins with ${parts.join(' or ')}`);
  return found;
}

const WORK_POINTS = pointsOf(
  'open',
  'batch',
  'reaper',
  'checkpoint',
  'vacuum',
  'sync',
  'close',
  'backup',
);

/** Actors that change a volume, with everything that goes on beside, over many lives of it. */
class Work implements Scenario {
  readonly name = 'work';
  readonly level: Level;
  readonly failpoints: readonly Failpoint[];
  readonly lifeMaxMs = 700;
  readonly #folder: string;
  readonly #options: OpenOptions;
  #models: Model[] = [];
  #backupMs: number | undefined;
  #rounds = 0;

  constructor(folder: string, level: Level) {
    this.level = level;
    this.#folder = folder;
    const isArchived = level === 'interval';
    this.failpoints = isArchived ? [...WORK_POINTS, ...pointsOf('archive')] : WORK_POINTS;
    // Small and short, so that kills also hit checkpoints and segments.
    this.#options = {
      durability: level,
      checkpointWalBytes: 1024 * 1024,
      syncIntervalMs: 20,
      ...(level === 'interval'
        ? { archive: { dir: join(folder, 'archive'), everySeconds: 1 } }
        : {}),
    };
  }

  get #file(): string {
    return join(this.#folder, 'test.cabinet');
  }

  async prepare(seed: number): Promise<CrashTask> {
    await mkdir(this.#folder, { recursive: true });
    // Now and then from the beginning, so that kills hit the making of a volume.
    if (this.#rounds % NEW_ONE_IN === 0) await this.#begin();
    this.#rounds += 1;
    return {
      kind: 'work',
      file: this.#file,
      log: join(this.#folder, 'log'),
      seed,
      options: this.#options,
      actors: ACTORS,
      other: join(this.#folder, 'backup'),
    };
  }

  async #begin(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder);
    this.#models = Array.from({ length: ACTORS }, () => new Map());
  }

  async examine(): Promise<Examined> {
    const log = join(this.#folder, 'log');
    const { acknowledged, underWay } = replay(log, this.#models);
    const counts = { done: 0, notDone: 0, nothing: 0 };
    const { archive: _, ...options } = this.#options;
    await withVolumeOf(this.#file, options, async (volume) => {
      for (const [actor, model] of this.#models.entries()) {
        const found = await contentOfActor(volume, `/actor-${actor}`);
        counts[demandWhole(model, underWay.get(actor), found)] += 1;
        this.#models[actor] = found;
      }
    });
    rmSync(log, { force: true });
    await this.#demandNewBackup();
    return { acknowledged, done: counts.done, notDone: counts.notDone };
  }

  /** One that was looked at before is what it was. */
  async #demandNewBackup(): Promise<void> {
    const path = join(this.#folder, 'backup');
    const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === this.#backupMs) return;
    await demandBackup(path);
    this.#backupMs = mtimeMs;
  }
}

async function withVolumeOf(
  file: string,
  options: OpenOptions,
  look: (volume: Volume) => Promise<void>,
): Promise<void> {
  const volume = await openVolume(file, options);
  try {
    await assertVolumeSound(volume);
    await look(volume);
  } finally {
    await volume.close();
  }
}

async function contentOfActor(volume: Volume, root: string): Promise<Model> {
  const names = (await volume.fs.promises.readdir('/')) as string[];
  return names.includes(root.slice(1)) ? await readModel(volume, root) : new Map();
}

/** A backup that has its name is whole, and described. */
async function demandBackup(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const { ok, problems, manifest } = await verifyVolume(path);
  if (!ok || manifest === null) throw new Error(`a damaged backup: ${JSON.stringify(problems)}`);
}

/** Programs on a mount. */
class Mounted implements Scenario {
  readonly name = 'mount';
  readonly level: Level;
  readonly failpoints = pointsOf('mount');
  readonly lifeMaxMs = 400;
  readonly #folder: string;
  readonly #model: Model[] = Array.from({ length: MOUNTED_ACTORS }, () => new Map());

  constructor(folder: string, level: Level) {
    this.#folder = folder;
    this.level = level;
  }

  async prepare(seed: number): Promise<CrashTask> {
    const other = join(this.#folder, 'mnt');
    await mkdir(other, { recursive: true });
    return {
      kind: 'mount',
      file: join(this.#folder, 'test.cabinet'),
      log: join(this.#folder, 'log'),
      seed,
      options: { durability: this.level, checkpointWalBytes: 1024 * 1024 },
      actors: MOUNTED_ACTORS,
      other,
    };
  }

  async examine(): Promise<Examined> {
    // What the killed process has left is a mount that answers nothing.
    await runProgram('umount', ['-l', join(this.#folder, 'mnt')]);
    const log = join(this.#folder, 'log');
    const { acknowledged, underWay } = replay(log, this.#model);
    const counts = { done: 0, notDone: 0, nothing: 0 };
    await withVolumeOf(join(this.#folder, 'test.cabinet'), {}, async (volume) => {
      const all = await readModel(volume, '/');
      for (const [actor, model] of this.#model.entries()) {
        const found = ownFiles(all, actor);
        counts[demandWhole(model, underWay.get(actor), found)] += 1;
        this.#model[actor] = found;
      }
    });
    rmSync(log, { force: true });
    return { acknowledged, done: counts.done, notDone: counts.notDone };
  }
}

function ownFiles(all: Model, actor: number): Model {
  const own = new Map([...all].map(([path, content]) => [path.replace(/^\/+/, '/'), content]));
  for (const path of own.keys()) {
    if (!path.startsWith(`/${actor}-`) || path.endsWith('.tmp')) own.delete(path);
  }
  return own;
}

/** A step of upkeep on a volume whose content is known: afterwards it is the one tree or the other. */
class Upkeep implements Scenario {
  readonly name: 'migrate' | 'compact' | 'restore';
  readonly level = 'full';
  readonly failpoints: readonly Failpoint[];
  readonly lifeMaxMs: number;
  readonly #folder: string;
  #trees: Tree[] = [];

  constructor(
    folder: string,
    name: 'migrate' | 'compact' | 'restore',
    failpoints: readonly Failpoint[],
    lifeMaxMs: number,
  ) {
    this.#folder = folder;
    this.name = name;
    this.failpoints = failpoints;
    this.lifeMaxMs = lifeMaxMs;
  }

  #in(name: string): string {
    return join(this.#folder, name);
  }

  async prepare(seed: number): Promise<CrashTask> {
    if (this.#trees.length === 0) await this.#makeOriginals();
    await rm(this.#in('work'), { recursive: true, force: true });
    await mkdir(this.#in('work'));
    const file = this.#in('work/test.cabinet');
    copyFileSync(this.#in('original'), file);
    const { name } = this;
    const log = this.#in('log');
    return { kind: name, file, log, seed, options: {}, actors: 0, other: this.#in('backup') };
  }

  async #makeOriginals(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if (this.name === 'migrate') {
      copyFileSync(FROZEN, this.#in('original'));
      copyFileSync(FROZEN, this.#in('known'));
    } else await fillVolume(this.#in('original'), 1);
    const known = this.name === 'migrate' ? this.#in('known') : this.#in('original');
    this.#trees.push(await treeOfFile(known));
    if (this.name !== 'restore') return;
    await fillVolume(this.#in('source'), 2);
    await using source = await openVolume(this.#in('source'));
    await source.backup(this.#in('backup'));
    this.#trees.push(await captureTree(source.fs.promises as unknown as FsPromises, '/'));
  }

  async examine(): Promise<Examined> {
    const file = this.#in('work/test.cabinet');
    const wasMigrated = this.name === 'migrate' && planMigration(file).pending.length === 0;
    const found = JSON.stringify(await treeOfFile(file));
    const which = this.#trees.findIndex((tree) => JSON.stringify(tree) === found);
    if (which < 0) throw new Error('neither the tree before nor the one afterwards');
    if (this.name === 'restore') await demandBackup(this.#in('backup'));
    const isDone = this.name === 'restore' ? which === 1 : wasMigrated;
    if (this.name === 'compact') return NOTHING;
    return { acknowledged: 0, done: isDone ? 1 : 0, notDone: isDone ? 0 : 1 };
  }
}

async function treeOfFile(file: string): Promise<Tree> {
  const volume = await openVolume(file);
  try {
    await assertVolumeSound(volume);
    return await captureTree(volume.fs.promises as unknown as FsPromises, '/');
  } finally {
    await volume.close();
  }
}

const FILES = 24;

async function fillVolume(file: string, salt: number): Promise<void> {
  await using volume = await openVolume(file, { compaction: { auto: false } });
  const fs = volume.fs.promises;
  for (let index = 0; index < FILES; index += 1) {
    await fs.writeFile(`/${index}`, Buffer.alloc(index * 20_000 + salt, index));
  }
  for (let index = 0; index < FILES; index += 2) await fs.unlink(`/${index}`);
}

/** All scenarios, each with a folder of its own below `folder`. */
export function createScenarios(folder: string, canMount: boolean): Scenario[] {
  const upkeep = (
    name: 'migrate' | 'compact' | 'restore',
    points: readonly Failpoint[],
    lifeMaxMs: number,
  ): Scenario => new Upkeep(join(folder, name), name, points, lifeMaxMs);
  return [
    ...LEVELS.map((level) => new Work(join(folder, `work-${level}`), level)),
    ...(canMount ? LEVELS.map((level) => new Mounted(join(folder, `mount-${level}`), level)) : []),
    upkeep('migrate', pointsOf('migrate'), 250),
    upkeep('compact', pointsOf('compact', 'swap'), 500),
    upkeep('restore', pointsOf('restore', 'swap'), 900),
  ];
}
