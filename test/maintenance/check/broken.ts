/**
 * A volume that is broken by SQL behind its back: what the check says about it, and what a repair leaves.
 *
 * The rows are changed by a connection of the test's own while the volume is open, foreign keys and
 * CHECK constraints off, and the check runs at once: before the writer looks at what others committed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import {
  type CheckResult,
  type InvariantId,
  openVolume,
  type Problem,
  type Volume,
} from '#src/index.js';
import { damageRows, sealRows } from '../../support/row-sums.js';
import type { FsPromises, OpenOptions } from '../../support/subject.js';
import { captureTree, type Tree } from '../../support/tree.js';

export const CHUNK = 65_536;
const BYSTANDERS = '/bystanders';

export interface Broken {
  readonly volume: Volume;
  readonly fs: FsPromises;
  readonly file: string;
  /** Runs SQL on a connection of its own; the rows have right sums afterwards. */
  sql(text: string, ...parameters: readonly unknown[]): void;
  /** The same without parameters, and sums as they were. */
  damage(table: string, text: string): void;
  value(text: string, ...parameters: readonly unknown[]): unknown;
  ino(path: string): Promise<number>;
}

export interface Breakage {
  readonly title: string;
  readonly invariant: InvariantId;
  /** Makes what is going to be broken, below the root. */
  readonly setup?: (fs: FsPromises, broken: Broken) => Promise<unknown>;
  readonly breakIt: (broken: Broken) => Promise<unknown> | unknown;
  /** Path of the inode that is broken; a number when it has no path that leads to it. */
  readonly of?: string | number | null;
  /** Path that the problem shows; `of` when absent. */
  readonly path?: string | null;
  /** Other rules that the same rows break. */
  readonly also?: readonly InvariantId[];
  readonly detail: RegExp;
  /** Whether a repair leaves the volume sound. */
  readonly isRepairable: boolean;
  /** What must be true after the repair. */
  readonly after?: (t: ExecutionContext, broken: Broken) => Promise<unknown> | unknown;
}

/** Opens a volume in a folder of its own and runs `fn` with it. */
export async function withBroken(
  fn: (broken: Broken) => Promise<void>,
  options: OpenOptions = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-check-'));
  const file = join(folder, 'test.cabinet');
  const volume = await openVolume(file, options);
  const database = new Database(file);
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  const fs = volume.fs.promises as unknown as FsPromises;
  try {
    await fn({
      volume,
      fs,
      file,
      sql: (text, ...parameters) => {
        database.prepare(text).run(...parameters);
        sealRows(database);
      },
      damage: (table, text) => damageRows(database, table, text),
      value: (text, ...parameters) =>
        database
          .prepare(text)
          .pluck()
          .get(...parameters),
      ino: async (path) => (await fs.lstat(path)).ino,
    });
  } finally {
    database.close();
    await volume.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A session of another process that has looked at no orphan: none may be deleted before it has. */
export function keepReaperAway({ sql }: Broken): void {
  sql('INSERT INTO session (pid, started_at, beat_at, orphan_seen) VALUES (1, 0, 0, 0)');
}

/** Files of every kind that no repair may touch. */
export async function makeBystanders(fs: FsPromises): Promise<void> {
  await fs.mkdir(`${BYSTANDERS}/deep/deeper`, { recursive: true });
  await fs.writeFile(`${BYSTANDERS}/small`, 'small');
  await fs.link(`${BYSTANDERS}/small`, `${BYSTANDERS}/deep/other-name`);
  await fs.writeFile(`${BYSTANDERS}/big`, Buffer.alloc(3 * CHUNK + 5, 'big'));
  await fs.copyFile(`${BYSTANDERS}/big`, `${BYSTANDERS}/copy`);
  await fs.truncate(`${BYSTANDERS}/copy`, CHUNK + 9);
  await fs.writeFile(`${BYSTANDERS}/holes`, 'x');
  await fs.truncate(`${BYSTANDERS}/holes`, 10 * CHUNK);
  await fs.symlink('../small', `${BYSTANDERS}/deep/link`);
  await fs.writeFile(`${BYSTANDERS}/näme ☃`, 'ünïcode');
}

export function bystanders(fs: FsPromises): Promise<Tree> {
  return captureTree(fs, BYSTANDERS);
}

function only(problems: readonly Problem[], invariant: InvariantId): Problem | undefined {
  return problems.find((problem) => problem.invariant === invariant);
}

function assertFound(
  t: ExecutionContext,
  { problems, ok }: CheckResult,
  { invariant, also = [], detail }: Breakage,
  expected: { ino: number | null; path: string | null },
): void {
  t.false(ok);
  const ids = [...new Set(problems.map((problem) => problem.invariant))].sort();
  t.deepEqual(ids, [invariant, ...also].sort(), JSON.stringify(problems, null, 1));
  const problem = only(problems, invariant);
  t.is(problem?.ino, expected.ino);
  t.is(problem?.path, expected.path);
  t.regex(problem?.detail ?? '', detail);
  t.false(problem?.repaired);
}

async function inoOf(broken: Broken, of: Breakage['of']): Promise<number | null> {
  return typeof of === 'string' ? broken.ino(of) : (of ?? null);
}

/** Breaks a volume, checks, repairs, checks again; everything else must be as it was. */
export async function proveBreakage(t: ExecutionContext, breakage: Breakage): Promise<void> {
  const { setup, breakIt, of, isRepairable, invariant, after } = breakage;
  await withBroken(async (broken) => {
    const { volume, fs } = broken;
    await makeBystanders(fs);
    await setup?.(fs, broken);
    const sound = await volume.check({ content: true });
    t.deepEqual(sound.problems, []);
    const before = await bystanders(fs);
    const ino = await inoOf(broken, of);
    await breakIt(broken);
    const path = breakage.path === undefined ? (typeof of === 'string' ? of : null) : breakage.path;
    assertFound(t, await volume.check({ content: true }), breakage, { ino, path });

    const repaired = await volume.check({ repair: true, content: true });
    t.is(repaired.ok, isRepairable, JSON.stringify(repaired.problems, null, 1));
    t.is(only(repaired.problems, invariant)?.repaired, isRepairable);
    const again = await volume.check({ content: true });
    t.is(again.ok, isRepairable, JSON.stringify(again.problems, null, 1));
    if (isRepairable) t.deepEqual(again.problems, []);
    t.deepEqual(await bystanders(fs), before);
    await after?.(t, broken);
  });
}
