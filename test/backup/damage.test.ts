/** Backups that are damaged anywhere: verifying and restoring say so, and the target is untouched. */
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume, restoreVolume, VolumeError, verifyVolume } from '#src/index.js';
import { withFolder } from '../support/temporary-volume.js';
import { beside, digestOf, fillVolume, flip, treeOfFile } from './place.js';

const PAGE_BYTES = 8192;

/** Page numbers by what is in them. */
interface Pages {
  readonly interior: number;
  readonly leaf: number;
  readonly content: number;
  readonly free: number;
}

async function makeBackup(folder: string): Promise<{ backup: string; pages: Pages; file: string }> {
  const file = join(folder, 'v');
  const backup = join(folder, 'backup');
  await using volume = await openVolume(file);
  await fillVolume(volume, 5, 400);
  for (let index = 0; index < 40; index += 1)
    await volume.fs.promises.rm(`/d${index % 7}/f${index}`);
  await volume.fs.promises.writeFile('/target', 'untouched');
  await volume.backup(backup);
  return { backup, pages: findPages(backup), file };
}

function findPages(backup: string): Pages {
  const database = new Database(backup, { readonly: true });
  const find = (sql: string): number => database.prepare(sql).pluck().get() as number;
  const of = (type: string, name: string): number =>
    find(
      `SELECT pageno FROM dbstat WHERE name = '${name}' AND pagetype = '${type}' ORDER BY pageno DESC LIMIT 1`,
    );
  const used = new Set(database.prepare('SELECT pageno FROM dbstat').pluck().all());
  const total = find('PRAGMA page_count');
  const free = Array.from({ length: total }, (_, index) => index + 1).filter(
    (page) => !used.has(page) && page > 2,
  );
  const pages = {
    interior: of('internal', 'blob'),
    leaf: of('leaf', 'inode'),
    content: of('overflow', 'blob'),
    free: free.at(-1) as number,
  };
  database.close();
  return pages;
}

const at = (page: number, offset: number): number => (page - 1) * PAGE_BYTES + offset;

const DAMAGES: Readonly<Record<string, (backup: string, pages: Pages) => void>> = {
  'the magic of the header': (backup) => flip(backup, 3),
  'the page size in the header': (backup) => flip(backup, 16),
  'the page count in the header': (backup) => flip(backup, 30),
  'the version of the schema': (backup) => flip(backup, 47),
  'an interior page': (backup, { interior }) => flip(backup, at(interior, 5)),
  'a leaf page': (backup, { leaf }) => flip(backup, at(leaf, PAGE_BYTES - 20)),
  'the content of a chunk': (backup, { content }) => flip(backup, at(content, 4000)),
  'a page that is free': (backup, { free }) => flip(backup, at(free, 4000)),
  'the last byte': (backup) => flip(backup, -1),
  'a missing page': (backup) => truncateSync(backup, statSync(backup).size - PAGE_BYTES),
  'a missing half': (backup) => truncateSync(backup, Math.floor(statSync(backup).size / 2)),
  'bytes past the end': (backup) => appendFileSync(backup, 'more'),
  'a page past the end': (backup) => appendFileSync(backup, Buffer.alloc(PAGE_BYTES)),
  'a manifest that is cut off': (backup) => truncateSync(`${backup}.json`, 100),
  'a manifest of another format': (backup) => writeFileSync(`${backup}.json`, '{"format":"other"}'),
  'a manifest of another backup': (backup) => {
    const text = readFileSync(`${backup}.json`, 'utf8');
    writeFileSync(`${backup}.json`, text.replace(/"sha256": "......../, '"sha256": "00000000'));
  },
  'nothing at all': (backup) => writeFileSync(backup, ''),
};

test('damage of any region is found by verify and by restore, and the target is untouched', async (t) => {
  t.timeout(300_000);
  await withFolder(async (folder) => {
    const { backup, pages, file } = await makeBackup(folder);
    t.true((await verifyVolume(backup)).ok);
    const before = digestOf(file);
    for (const [what, damage] of Object.entries(DAMAGES)) {
      const broken = join(folder, 'broken');
      copyFileSync(backup, broken);
      copyFileSync(`${backup}.json`, `${broken}.json`);
      damage(broken, pages);
      const verified = await verifyVolume(broken);
      t.false(verified.ok, `verify: ${what}`);
      t.true(verified.problems.length > 0, `verify: ${what}`);
      const restore = restoreVolume(broken, file, { overwrite: true });
      const error = await t.throwsAsync(restore, { instanceOf: VolumeError }, `restore: ${what}`);
      t.true(
        ['ERR_BACKUP_DAMAGED', 'ERR_SCHEMA_TOO_NEW'].includes(error.code),
        `${what}: ${error.message}`,
      );
      t.true((error.hint ?? '') !== '', what);
      t.is(digestOf(file), before, what);
      t.deepEqual(beside(file), ['v'], what);
    }
    t.true('target' in (await treeOfFile(file)));
  });
});

test('without a manifest the checks themselves find what is in use', async (t) => {
  t.timeout(300_000);
  await withFolder(async (folder) => {
    const { backup, pages, file } = await makeBackup(folder);
    unlinkSync(`${backup}.json`);
    const before = digestOf(file);
    for (const what of [
      'an interior page',
      'a leaf page',
      'the content of a chunk',
      'a missing half',
      'the magic of the header',
    ]) {
      const broken = join(folder, 'broken');
      copyFileSync(backup, broken);
      DAMAGES[what]?.(broken, pages);
      const error = await t.throwsAsync(
        restoreVolume(broken, file, { overwrite: true }),
        undefined,
        what,
      );
      const { code } = error as VolumeError;
      const codes = ['ERR_BACKUP_DAMAGED', 'ERR_NOT_A_VOLUME', 'ERR_VOLUME_CORRUPT'];
      t.true(codes.includes(code), `${what}: ${error.message}`);
      t.is(digestOf(file), before, what);
    }
  });
});
