/**
 * Where the benchmark works: one folder on one disk, removed when the process ends.
 *
 * WHY NOT SOONER: ext4 does not hand out an inode number again within half a minute of its
 * deletion, and looks at every such number on the way to a free one. Creating files where thousands
 * were just deleted is 30 times slower, which would flatter everybody who keeps files in a
 * database. So small files are emptied, to give back disk and page cache, and keep their inodes
 * until the end; and every folder gets a part of the disk to itself.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of at least this size are removed at once: they are few, and they fill the disk. */
const BIG_FILE_BYTES = 1_048_576;

let root: string | undefined;

/** Creates the folder all others are in, under `CABINET_BENCH_DIR` or the system's own. */
export async function openWorkspace(): Promise<string> {
  const base = process.env.CABINET_BENCH_DIR ?? tmpdir();
  await mkdir(base, { recursive: true });
  const folder = await mkdtemp(join(base, 'cabinet-bench-'));
  root = folder;
  // Top of a hierarchy: ext4 then spreads the folders in it. Elsewhere it fails, and is not needed.
  spawnSync('chattr', ['+T', folder]);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  return folder;
}

/** A new empty folder on the disk of the benchmark. */
export async function makeFolder(prefix: string): Promise<string> {
  if (root === undefined) throw new Error('The workspace is not open');
  return await mkdtemp(join(root, `${prefix}-`));
}

/** Gives back the space of a folder that is done with; what is left goes at the end. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await emptyFolder(path);
    else if (entry.isFile()) await emptyFile(path);
  }
}

async function emptyFile(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size >= BIG_FILE_BYTES) return await rm(path);
  // A copy of a read-only file cannot be emptied by everybody, and there are few of them.
  await truncate(path).catch(() => {});
}
