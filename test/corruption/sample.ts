/** A volume with rows of every kind, small pages and a log, and what is in it. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openVolume, type Volume } from '#src/index.js';
import { createRandom } from '../support/random.js';

export const PAGE_BYTES = 4096;
const CHUNK_BYTES = 8192;
const OPTIONS = {
  pageSizeBytes: PAGE_BYTES,
  chunkSizeBytes: CHUNK_BYTES,
  integrity: { quickAfterCrash: false },
  umask: 0o022,
} as const;
const SEED = 20_270;

/** What can be observed of one path; what `observe` makes of it. */
export interface Observed {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Digest of the content or the target. */
  readonly content: string;
  /** Attributes, names of extended attributes and their values. */
  readonly rest: string;
}

export interface Sample {
  readonly file: string;
  readonly expected: Readonly<Record<string, Observed>>;
  /** As it was when the log began; absent when there is none. */
  readonly earlier?: Readonly<Record<string, Observed>>;
  /** Pages with rows that have sums; absent when there is a log. */
  readonly metadataPages?: readonly number[];
}

function digest(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('base64').slice(0, 16);
}

/** Everything about a path that a caller can see; throws what the volume throws. */
export async function observe(volume: Volume, path: string): Promise<Observed> {
  const { promises } = volume.fs;
  const stats = await promises.lstat(path);
  const { mode, nlink, uid, gid, mtimeMs, size } = stats;
  const xattrs = await volume.listXattr(path, { follow: false });
  const values: string[] = [];
  for (const name of xattrs) {
    values.push(`${name}=${digest(await volume.getXattr(path, name, { follow: false }))}`);
  }
  const rest = [mode, nlink, uid, gid, mtimeMs, ...values].join(' ');
  if (stats.isDirectory()) return { kind: 'directory', content: '', rest };
  if (stats.isSymbolicLink()) {
    return { kind: 'symlink', content: digest(String(await promises.readlink(path))), rest };
  }
  if (!stats.isFile()) return { kind: 'other', content: '', rest };
  const data = (await promises.readFile(path)) as Buffer;
  return { kind: 'file', content: `${digest(data)} ${size}`, rest };
}

async function fill(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  const random = createRandom(SEED);
  const bytes = (length: number): Buffer =>
    Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  for (let dir = 0; dir < 6; dir += 1) {
    await promises.mkdir(`/directory-${dir}/below`, { recursive: true });
    for (let index = 0; index < 25; index += 1) {
      const size = [0, 40, 300, 700, 5000, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 100][
        index % 7
      ] as number;
      const path = `/directory-${dir}/${index % 3 === 0 ? 'below/' : ''}file with a name ${index}`;
      await promises.writeFile(path, bytes(size));
      if (index % 5 === 0) await volume.setXattr(path, 'user.note', bytes(200));
    }
    await promises.symlink(
      `../directory-${dir}/below/${'far away '.repeat(8)}`,
      `/directory-${dir}/link`,
    );
  }
  await promises.writeFile('/big', bytes(20 * CHUNK_BYTES));
  await promises.copyFile('/big', '/shares');
  await promises.link('/big', '/second-name');
  const handle = await promises.open('/sparse', 'w');
  await handle.write(bytes(100), 0, 100, 10 * CHUNK_BYTES);
  await handle.write(bytes(100), 0, 100, 30 * CHUNK_BYTES);
  await handle.close();
  for (let index = 0; index < 40; index += 1)
    await promises.writeFile(`/gone-${index}`, bytes(3000));
  for (let index = 0; index < 40; index += 1) await promises.rm(`/gone-${index}`);
  await promises.chmod('/directory-1', 0o700);
}

export async function pathsOf(volume: Volume): Promise<string[]> {
  const found: string[] = ['/'];
  const pending = ['/'];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of await volume.fs.promises.readdir(directory, { withFileTypes: true })) {
      const path = `${directory === '/' ? '' : directory}/${String(entry.name)}`;
      found.push(path);
      if (entry.isDirectory()) pending.push(path);
    }
  }
  return found;
}

async function expectedOf(volume: Volume): Promise<Record<string, Observed>> {
  const expected: Record<string, Observed> = {};
  for (const path of await pathsOf(volume)) expected[path] = await observe(volume, path);
  return expected;
}

/** Closed cleanly: everything is in the one file. */
export async function makeClosedSample(folder: string): Promise<Sample> {
  const file = `${folder}/closed.cabinet`;
  const volume = await openVolume(file, OPTIONS);
  await fill(volume);
  const expected = await expectedOf(volume);
  await volume.close();
  return { file, expected, metadataPages: metadataPagesOf(file) };
}

const METADATA = ['inode', 'dentry', 'chunk', 'share', 'symlink', 'xattr'];

function metadataPagesOf(file: string): number[] {
  const database = new Database(file, { readonly: true });
  try {
    const list = METADATA.map((name) => `'${name}'`).join(', ');
    const sql = `SELECT pageno FROM dbstat WHERE pagetype = 'leaf' AND name IN (${list}) ORDER BY 1`;
    return database.prepare<[], number>(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** As a process that was killed leaves it: the latest commits are in the log. */
export async function makeLoggedSample(folder: string): Promise<Sample> {
  const open = `${folder}/open.cabinet`;
  const file = `${folder}/logged.cabinet`;
  const volume = await openVolume(open, OPTIONS);
  await fill(volume);
  await volume.checkpoint('truncate');
  const earlier = await expectedOf(volume);
  const { promises } = volume.fs;
  for (let index = 0; index < 30; index += 1) {
    await promises.writeFile(`/late ${index}`, Buffer.alloc(1500 * (index % 5), `late ${index}`));
  }
  await promises.rename('/directory-2', '/moved');
  await promises.appendFile('/big', 'more');
  const expected = await expectedOf(volume);
  for (const ending of ['', '-wal']) {
    if (existsSync(`${open}${ending}`)) copyFileSync(`${open}${ending}`, `${file}${ending}`);
  }
  await volume.close();
  return { file, expected, earlier };
}
