/**
 * Run by the crash tests and killed by them, from outside or at a failpoint. What it is about to do, and
 * that it was acknowledged, is written to a log with a plain write, which a SIGKILL does not undo.
 */
import { fork } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { readdir, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compactVolume, migrateVolume, openVolume, restoreVolume } from '#src/index.js';
import { between, createRandom, pick } from '../support/random.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { apply, contentOf, perform, readModel } from './operation.js';
import { randomOperation } from './random-operation.js';

export interface CrashTask {
  readonly kind: 'work' | 'mount' | 'program' | 'migrate' | 'compact' | 'restore';
  readonly file: string;
  readonly log: string;
  readonly seed: number;
  readonly options: OpenOptions;
  readonly actors: number;
  /** Where backups go and come from, or where the volume is mounted. */
  readonly other: string;
}

const LIFE_MIN_MS = 200;
const LIFE_MAX_MS = 600;
/** More chunks than an unlink frees at once: the rest is the reaper's. */
const BIG_BYTES = 6 * 1024 * 1024;
const MOUNTED_NAMES = ['a', 'b', 'c', 'd', 'e'];

const task = JSON.parse(process.argv[2] as string) as CrashTask;
const log = openSync(task.log, 'a');
let lives = 0;

function say(line: unknown): void {
  writeSync(log, `${JSON.stringify(line)}\n`);
}

/** Changes a directory of its own, one operation after the other. */
async function act(volume: Volume, actor: number, untilMs: number): Promise<void> {
  const root = `/actor-${actor}`;
  const random = createRandom(task.seed + actor + lives * 100);
  await volume.fs.promises.mkdir(root, { recursive: true });
  const model = await readModel(volume, root);
  for (let number = 0; performance.now() < untilMs; number += 1) {
    const mark = `${task.seed}-${lives}-${actor}-${number}`;
    const operation = randomOperation(random, root, model, mark);
    say({ actor, operation });
    await perform(volume, operation);
    say({ actor, acknowledged: true });
    apply(model, operation);
  }
}

/** What goes on beside: barriers, checkpoints, deleting big files, giving space back, backups. */
async function lookAfter(volume: Volume, untilMs: number): Promise<void> {
  const random = createRandom(task.seed + lives * 100 + 99);
  while (performance.now() < untilMs) {
    const choice = between(random, 0, 9);
    if (choice <= 1) await volume.sync();
    else if (choice <= 3) {
      await volume.checkpoint(pick(random, ['passive', 'full', 'restart', 'truncate']));
    } else if (choice <= 6) {
      await volume.fs.promises.writeFile('/big', Buffer.alloc(BIG_BYTES, choice));
      await volume.fs.promises.unlink('/big');
    } else if (choice <= 8) await volume.compact({ pagesMax: 200 });
    else await volume.backup(task.other, { overwrite: true });
    await pause(between(random, 0, 20));
  }
}

/** Opens, works, closes, and begins again. */
async function work(): Promise<void> {
  for (;;) {
    const random = createRandom(task.seed + lives);
    const volume = await openVolume(task.file, task.options);
    if (lives === 0) process.send?.('ready');
    const untilMs = performance.now() + between(random, LIFE_MIN_MS, LIFE_MAX_MS);
    const actors = Array.from({ length: task.actors }, (_, actor) => act(volume, actor, untilMs));
    await Promise.all([...actors, lookAfter(volume, untilMs)]);
    await volume.close();
    lives += 1;
  }
}

/**
 * A program on a mount. A file is written aside and renamed over the old one, so that each step of the
 * model is one call that is done or not.
 */
async function actMounted(dir: string, actor: number): Promise<void> {
  const random = createRandom(task.seed + actor);
  const present = new Set(
    (await readdir(dir)).filter((name) => name.startsWith(`${actor}-`) && !name.endsWith('.tmp')),
  );
  for (let number = 0; ; number += 1) {
    const name = `${actor}-${pick(random, MOUNTED_NAMES)}`;
    const path = `/${name}`;
    if (present.has(name) && random() < 0.3) {
      say({ actor, operation: { kind: 'remove', path } });
      await unlink(join(dir, name));
      present.delete(name);
    } else {
      const [mark, size] = [`${task.seed}-${actor}-${number}`, between(random, 0, 100_000)];
      await writeFile(join(dir, `${name}.tmp`), contentOf(mark, size));
      say({ actor, operation: { kind: 'put', path, mark, size } });
      await rename(join(dir, `${name}.tmp`), join(dir, name));
      present.add(name);
    }
    say({ actor, acknowledged: true });
  }
}

/**
 * The programs are in a process of their own, which ends when the mount has gone. A process that uses its
 * own mount could not even be killed: the kernel lets it wait for an answer that nobody gives any more.
 */
async function mount(): Promise<void> {
  const volume = await openVolume(task.file, task.options);
  await volume.mount(task.other);
  const args = [JSON.stringify({ ...task, kind: 'program' })];
  const program = fork(fileURLToPath(import.meta.url), args, { execArgv: [] });
  program.once('message', () => process.send?.('ready'));
}

async function program(): Promise<void> {
  process.send?.('ready');
  const actors = Array.from({ length: task.actors }, (_, actor) => actMounted(task.other, actor));
  try {
    await Promise.all(actors);
  } catch (error) {
    if (!GONE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // What the others wait for is answered with the same.
    process.exit();
  }
}

const GONE = ['ENOTCONN', 'ECONNABORTED', 'EIO', 'ENODEV'];

/** Once: a second time there would be nothing to do. */
async function once(operation: () => Promise<unknown>): Promise<void> {
  process.send?.('ready');
  await operation();
  process.send?.('done');
  process.disconnect();
}

const KINDS: Record<CrashTask['kind'], () => Promise<void>> = {
  work,
  mount,
  program,
  migrate: () => once(() => migrateVolume(task.file)),
  compact: () => once(() => compactVolume(task.file, { full: true })),
  restore: () => once(() => restoreVolume(task.other, task.file, { overwrite: true })),
};
await KINDS[task.kind]();
