/** Damaged pages of the database: the problems name the files that they touch. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { openVolume, type Volume, verifyVolume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';

const PAGE = 4096;
const OPTIONS = {
  pageSizeBytes: PAGE,
  chunkSizeBytes: PAGE,
  integrity: { quickAfterCrash: false },
};
const DIRECTORIES = 10;
const FILES = 60;

async function fill(volume: Volume): Promise<string[]> {
  const fs = volume.fs.promises;
  const paths: string[] = [];
  for (let dir = 0; dir < DIRECTORIES; dir += 1) {
    await fs.mkdir(`/directory-${dir}`);
    for (let index = 0; index < FILES; index += 1) {
      const path = `/directory-${dir}/a file with a name of some length ${index}`;
      const size = [10, 1000, 3 * PAGE][index % 3] as number;
      await fs.writeFile(path, Buffer.alloc(size, index));
      if (index % 10 === 0) await volume.setXattr(path, 'user.note', Buffer.alloc(300, 'n'));
      paths.push(path);
    }
    await fs.symlink('x'.repeat(200), `/directory-${dir}/link`);
    paths.push(`/directory-${dir}/link`);
  }
  return paths;
}

/** A page in the middle of a table, of the kind that holds rows. */
function leafOf(file: string, table: string): number {
  const database = new Database(file, { readonly: true });
  try {
    const sql = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path";
    const pages = database.prepare(sql).pluck().all(table) as number[];
    return pages[Math.floor(pages.length / 2)] as number;
  } finally {
    database.close();
  }
}

function overwrite(file: string, page: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(PAGE, 0xee), 0, PAGE, (page - 1) * PAGE);
  closeSync(fd);
}

/** Files of which something cannot be had any more. */
async function unreadable(file: string, paths: readonly string[]): Promise<Set<string>> {
  const volume = await openVolume(file, { readOnly: true });
  const lost = new Set<string>();
  for (const path of paths) {
    try {
      if ((await volume.fs.promises.lstat(path)).isSymbolicLink()) {
        await volume.fs.promises.readlink(path);
      } else {
        await volume.fs.promises.readFile(path);
        for (const name of await volume.listXattr(path)) await volume.getXattr(path, name);
      }
    } catch {
      lost.add(path);
    }
  }
  await volume.close();
  return lost;
}

async function withDamage(
  table: string,
  fn: (named: Set<string>, lost: Set<string>, details: string[]) => void,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, OPTIONS);
    const paths = await fill(volume);
    await volume.close();
    overwrite(file, leafOf(file, table));
    const lost = await unreadable(file, paths);
    const { ok, problems } = await verifyVolume(file, { content: false });
    if (ok) throw new Error('the damage was not found');
    const named = problems.filter(({ path }) => path !== null).map(({ path }) => path as string);
    fn(
      new Set(named),
      lost,
      problems.map(({ detail }) => detail),
    );
  });
}

function assertSame(t: ExecutionContext, named: Set<string>, lost: Set<string>): void {
  t.true(lost.size > 0, 'some files cannot be read');
  for (const path of lost) {
    const directory = path.slice(0, path.lastIndexOf('/'));
    t.true(named.has(path) || named.has(directory), `not named: ${path}`);
  }
}

for (const table of ['inode', 'blob', 'chunk', 'symlink', 'xattr']) {
  test(`a damaged page of ${table}: every file that cannot be read is named`, async (t) => {
    await withDamage(table, (named, lost, details) => {
      assertSame(t, named, lost);
      // Neighbours share the page, the rest of the volume does not.
      t.true(named.size < DIRECTORIES * FILES * 0.4, `${named.size} of ${lost.size} named`);
      t.true(
        details.some((detail) => detail.includes(`(table ${table})`)),
        details.join('\n'),
      );
    });
  });
}

test('a damaged page of dentry: the directories whose entries are lost are named', async (t) => {
  await withDamage('dentry', (named, lost) => {
    t.true(lost.size > 0);
    for (const path of lost) {
      const directory = path.slice(0, path.lastIndexOf('/'));
      t.true(named.has(directory) || named.has(path), path);
    }
    t.true(named.size < 20);
  });
});

test('a check by itself after a crash remembers which files are damaged', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, OPTIONS);
    await fill(volume);
    await volume.close();
    overwrite(file, leafOf(file, 'chunk'));
    const again = await openVolume(file, OPTIONS);
    const { ok, problems } = await again.check();
    t.false(ok);
    const [record] = again.records('check');
    t.like(record, { ok: false, detail: { by: 'call' } });
    const kept = (record?.detail.problems ?? []) as { path: string | null }[];
    t.is(kept.length, 10);
    t.true(problems.length >= 10 && kept.some(({ path }) => path !== null));
    await again.close();
  });
});
