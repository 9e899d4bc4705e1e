/** A volume that somebody has changed to do harm, and every use of it that must stay harmless. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import Database from 'better-sqlite3';
import { exportTar, exportTree, openVolume, type Volume, verifyVolume } from '#src/index.js';
import { salvageFile } from '#src/transfer/salvage/salvage-file.js';
import { sealRows } from '../support/row-sums.js';
import { withFolder } from '../support/temporary-volume.js';

export interface Hostile {
  readonly file: string;
  /** Of the test; what is exported goes to `target` in it. */
  readonly folder: string;
  readonly target: string;
}

/** Paths of what every volume of these tests has. */
export const NAMES = [
  '/dir',
  '/dir/below/deep',
  '/dir/below',
  '/dir/file',
  '/file',
  '/link',
] as const;

async function make(file: string): Promise<Record<string, number>> {
  const volume = await openVolume(file, { chunkSizeBytes: 4096, umask: 0o022 });
  const { promises } = volume.fs;
  await promises.mkdir('/dir/below/deep', { recursive: true });
  await promises.writeFile('/dir/file', Buffer.alloc(10_000, 'content '));
  await promises.writeFile('/file', 'short');
  await promises.symlink('file', '/link');
  await volume.setXattr('/file', 'user.note', 'a note');
  const inos: Record<string, number> = {};
  for (const path of NAMES) inos[path] = (await promises.lstat(path)).ino;
  await volume.close();
  return inos;
}

/** Runs SQL that no program of ours would, on a volume that is closed. */
export type Alter = (database: Database.Database, ino: (path: string) => number) => void;

export function alter(file: string, change: Alter, inos: Record<string, number> = {}): void {
  const database = new Database(file);
  try {
    database.unsafeMode(true);
    database.pragma('foreign_keys = OFF');
    database.pragma('ignore_check_constraints = ON');
    change(database, (path) => inos[path] as number);
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** The same by somebody who knows how sums are computed: the rows have right ones. */
export function sealed(change: Alter): Alter {
  return (database, ino) => {
    change(database, ino);
    sealRows(database);
  };
}

export async function withHostile(
  change: Alter,
  fn: (hostile: Hostile) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'hostile.cabinet');
    const inos = await make(file);
    alter(file, change, inos);
    await fn({ file, folder, target: join(folder, 'target') });
  });
}

/** What came of one use: a code, or `ok`. */
export type Answers = Readonly<Record<string, string>>;

/** Errors have a code of ours or of the system; another one is a fault of the program and is thrown. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) && code !== 'ERR_BUG') return code;
  throw error;
}

async function answer(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

async function drain(volume: Volume, path: string): Promise<void> {
  for await (const entry of await volume.fs.promises.opendir(path, { recursive: true })) {
    String(entry.name);
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_data, _encoding, done) => done() });
}

type Use = (volume: Volume, hostile: Hostile) => unknown;

const LOOKS: Readonly<Record<string, Use>> = {
  'list the root': ({ fs }) => fs.promises.readdir('/'),
  'list /dir': ({ fs }) => fs.promises.readdir('/dir'),
  'list with types': ({ fs }) => fs.promises.readdir('/dir', { withFileTypes: true }),
  'list all': ({ fs }) => fs.promises.readdir('/', { recursive: true }),
  'list all with types': ({ fs }) =>
    fs.promises.readdir('/', { recursive: true, withFileTypes: true }),
  'read directories': (volume) => drain(volume, '/'),
  'stat a file': ({ fs }) => fs.promises.stat('/file'),
  'read a file': ({ fs }) => fs.promises.readFile('/file'),
  'read a file now': ({ fs }) => fs.readFileSync('/file', 'utf8'),
  'read a long file': ({ fs }) => fs.promises.readFile('/dir/file'),
  'read a part': async ({ fs }) => {
    await using handle = await fs.promises.open('/dir/file');
    await handle.read(Buffer.alloc(100), 0, 100, 5000);
  },
  'read a link': ({ fs }) => fs.promises.readlink('/link'),
  'follow a link': ({ fs }) => fs.promises.stat('/link'),
  'real path': ({ fs }) => fs.promises.realpath('/dir/below/deep/../..'),
  'extended attributes': async (volume) => {
    for (const name of await volume.listXattr('/file')) await volume.getXattr('/file', name);
  },
  statistics: (volume) => volume.stats(),
  check: (volume) => volume.check({ content: true }),
  'export a tree': (volume, { target }) => exportTree(volume, target),
  'export an archive': (volume) => exportTar(volume, nowhere()),
};

const CHANGES: Readonly<Record<string, Use>> = {
  watch: async ({ fs }) => {
    const watcher = fs.watch('/', { recursive: true });
    watcher.on('error', codeOf);
    await fs.promises.writeFile('/dir/new', 'x').finally(() => watcher.close());
  },
  'watch a directory': async ({ fs }) => {
    const watcher = fs.watch('/dir/below');
    watcher.on('error', codeOf);
    await fs.promises.writeFile('/dir/below/new', 'x').finally(() => watcher.close());
  },
  'write a part': async ({ fs }) => {
    await using handle = await fs.promises.open('/dir/file', 'r+');
    await handle.write('new', 4090);
  },
  append: ({ fs }) => fs.promises.appendFile('/file', 'more'),
  truncate: ({ fs }) => fs.promises.truncate('/dir/file', 5000),
  'make a file': ({ fs }) => fs.promises.writeFile('/another', 'x'),
  'make a directory': ({ fs }) =>
    fs.promises.mkdir('/dir/below/deep/more/and/more', { recursive: true }),
  copy: ({ fs }) => fs.promises.cp('/dir', '/copy', { recursive: true }),
  'copy through links': ({ fs }) =>
    fs.promises.cp('/dir', '/copied', { recursive: true, dereference: true }),
  move: ({ fs }) => fs.promises.rename('/dir/below', '/dir/below/deep/moved'),
  'move up': ({ fs }) => fs.promises.rename('/dir/below/deep', '/moved'),
  'remove a tree': ({ fs }) => fs.promises.rm('/dir', { recursive: true }),
};

async function useAll(
  uses: Readonly<Record<string, Use>>,
  volume: Volume,
  hostile: Hostile,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, use] of Object.entries(uses)) {
    answers[name] = await answer(() => use(volume, hostile));
  }
  return answers;
}

/** What is beside the target of an export, before and after. */
function surroundingsOf({ folder }: Hostile): string {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('hostile.cabinet') && name !== 'target')
    .join();
}

/**
 * Uses the volume in every way there is, for reading only and then for writing, and tells what came of
 * each. Throws when something is made outside of the target of an export, and what is no clean answer.
 */
export async function useInEveryWay(hostile: Hostile): Promise<Answers> {
  const { file, target } = hostile;
  const before = surroundingsOf(hostile);
  const answers: Record<string, string> = {};
  answers.verify = await answer(async () => {
    const { ok } = await verifyVolume(file);
    if (!ok) throw Object.assign(new Error('problems'), { code: 'EPROBLEMS' });
  });
  mkdirSync(target);
  const job = { path: file, dest: target, partial: true, owners: false };
  answers.salvage = await answer(() => salvageFile(job, () => undefined));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const [uses, options] of [
    [LOOKS, { readOnly: true, verifyReads: true }],
    [CHANGES, { integrity: { quickAfterCrash: false } }],
  ] as const) {
    let volume: Volume;
    try {
      volume = await openVolume(file, options);
    } catch (error) {
      answers.open = codeOf(error);
      continue;
    }
    try {
      Object.assign(answers, await useAll(uses, volume, hostile));
    } finally {
      answers.close = await answer(() => volume.close());
    }
  }
  const after = surroundingsOf(hostile);
  if (after !== before) throw new Error(`made outside of the target: ${after}`);
  return answers;
}

/** A check with repair, and what is left to report. */
export async function repair({ file }: Hostile): Promise<string> {
  const volume = await openVolume(file, { integrity: { quickAfterCrash: false } });
  try {
    const { ok, problems } = await volume.check({ repair: true, content: true });
    return ok ? 'ok' : JSON.stringify(problems);
  } finally {
    await volume.close();
  }
}

export function isThere(path: string): boolean {
  return existsSync(path);
}
