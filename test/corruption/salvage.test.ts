/** `salvageVolume` and `cabinet salvage`: what comes out of sound and damaged volumes, and how. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume, salvageVolume, type Volume } from '#src/index.js';
import { cabinet } from '../cli/cabinet.js';
import { damageRows } from '../support/row-sums.js';
import { withFolder } from '../support/temporary-volume.js';

const PAGE = 4096;
const CHUNK = 8192;
const OPTIONS = {
  pageSizeBytes: PAGE,
  chunkSizeBytes: CHUNK,
  umask: 0o022,
  integrity: { quickAfterCrash: false },
} as const;

async function fill(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  await promises.mkdir('/dir/below', { recursive: true });
  await promises.writeFile('/dir/inline', 'inline');
  await promises.writeFile('/dir/below/long', Buffer.alloc(5 * CHUNK + 10, 'long '));
  await promises.writeFile('/empty', '');
  await promises.link('/dir/inline', '/second');
  await promises.symlink('dir/inline', '/link');
  await promises.chmod('/dir/inline', 0o4640);
  await promises.utimes('/dir/inline', 1, 1_600_000_000.5);
  await promises.chmod('/dir/below', 0o555);
  const handle = await promises.open('/sparse', 'w');
  await handle.write('end', 20 * CHUNK);
  await handle.close();
  await volume.mknod('/fifo', constants.S_IFIFO | 0o644);
}

async function withFilled(
  fn: (made: {
    readonly file: string;
    readonly dest: string;
    readonly folder: string;
  }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, OPTIONS);
    await fill(volume);
    await volume.close();
    await fn({ file, dest: join(folder, 'rescued'), folder });
  });
}

function sha(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

test('everything comes out of a sound volume, and the volume stays as it is', async (t) => {
  await withFilled(async ({ file, dest, folder }) => {
    const [before, beside] = [sha(file), readdirSync(folder)];
    const phases = new Set<string>();
    const result = await salvageVolume(file, dest, {
      onProgress: ({ phase }) => phases.add(phase),
    });
    t.like(result, {
      intact: 4,
      partial: 0,
      lost: 0,
      directories: 2,
      symlinks: 1,
      hardLinks: 1,
      leftOut: 1,
      isComplete: false,
      entriesTotal: 1,
    });
    t.deepEqual([...phases], ['read', 'write']);
    t.is(readFileSync(`${dest}/dir/inline`, 'utf8'), 'inline');
    t.deepEqual(readFileSync(`${dest}/dir/below/long`), Buffer.alloc(5 * CHUNK + 10, 'long '));
    t.is(readlinkSync(`${dest}/link`), 'dir/inline');
    t.is(statSync(`${dest}/second`).ino, statSync(`${dest}/dir/inline`).ino);
    t.is(statSync(`${dest}/sparse`).size, 20 * CHUNK + 3);
    t.true(statSync(`${dest}/sparse`).blocks * 512 < 20 * CHUNK);
    t.is(sha(file), before);
    t.deepEqual(readdirSync(folder), [...beside, 'rescued'].sort());
  });
});

test('nobody else may look at what came out, and no file has more rights than it needs', async (t) => {
  await withFilled(async ({ file, dest }) => {
    const { reportPath, textReportPath } = await salvageVolume(file, dest);
    t.is(statSync(dest).mode & 0o777, 0o700);
    t.is(statSync(`${dest}/dir/inline`).mode & 0o7777, 0o640, 'set-id bits are taken off');
    t.is(statSync(`${dest}/dir/below`).mode & 0o7777, 0o555);
    for (const path of [reportPath, textReportPath]) t.is(statSync(path).mode & 0o777, 0o600);
    t.is(lstatSync(`${dest}/fifo`, { throwIfNoEntry: false }), undefined);
    const report = JSON.parse(readFileSync(reportPath, 'utf8'));
    t.like(report.entries[0], { path: '/fifo', status: 'lost', writtenAs: null });
    t.regex(readFileSync(textReportPath, 'utf8'), /4 files whole, 0 in part, 0 lost/);
    chmodSync(`${dest}/dir/below`, 0o755);
  });
});

/** Changes bytes of a blob and not its checksum. */
function spoil(file: string, sql: string): void {
  const database = new Database(file);
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
}

test('a damaged file comes out under another name, with the places of the damage', async (t) => {
  await withFilled(async ({ file, dest }) => {
    spoil(
      file,
      'UPDATE blob SET data = zeroblob(8192) WHERE id = (SELECT blob FROM chunk WHERE idx = 2 LIMIT 1)',
    );
    const result = await salvageVolume(file, dest);
    t.like(result, { intact: 3, partial: 1, lost: 0 });
    const entry = result.entries.find(({ status }) => status === 'partial');
    t.like(entry, { path: '/dir/below/long', writtenAs: 'dir/below/long.damaged' });
    t.deepEqual(entry?.ranges, [{ start: 2 * CHUNK, end: 3 * CHUNK, state: 'unproven' }]);
    const data = readFileSync(`${dest}/dir/below/long.damaged`);
    t.deepEqual(
      data.subarray(0, 2 * CHUNK),
      Buffer.alloc(5 * CHUNK, 'long ').subarray(0, 2 * CHUNK),
    );
    t.is(lstatSync(`${dest}/dir/below/long`, { throwIfNoEntry: false }), undefined);
    chmodSync(`${dest}/dir/below`, 0o755);
  });
});

test('a lost chunk is a hole in the damaged file, or leaves it out', async (t) => {
  await withFilled(async ({ file, dest }) => {
    spoil(file, 'DELETE FROM blob WHERE id = (SELECT blob FROM chunk WHERE idx = 2 LIMIT 1)');
    const kept = await salvageVolume(file, dest);
    const entry = kept.entries.find(({ status }) => status === 'partial');
    t.deepEqual(entry?.ranges, [{ start: 2 * CHUNK, end: 3 * CHUNK, state: 'lost' }]);
    t.is(statSync(`${dest}/dir/below/long.damaged`).size, 5 * CHUNK + 10);
    chmodSync(`${dest}/dir/below`, 0o755);
    const without = await salvageVolume(file, `${dest}-without`, { partial: false });
    t.like(without, { intact: 3, partial: 0, lost: 1 });
    t.deepEqual(readdirSync(`${dest}-without/dir/below`), []);
    chmodSync(`${dest}-without/dir/below`, 0o755);
  });
});

test('files whose names are lost come out under their numbers', async (t) => {
  await withFilled(async ({ file, dest }) => {
    const volume = await openVolume(file, { readOnly: true });
    const { ino } = await volume.fs.promises.stat('/dir');
    await volume.close();
    spoil(file, "DELETE FROM dentry WHERE name IN ('dir', 'empty')");
    const result = await salvageVolume(file, dest);
    t.deepEqual(readFileSync(`${dest}/lost+found/${ino}/below/long`).length, 5 * CHUNK + 10);
    t.true(result.entries.some((entry) => entry.ino === ino && entry.status === 'moved'));
    t.is(readFileSync(`${dest}/second`, 'utf8'), 'inline');
    chmodSync(`${dest}/lost+found/${ino}/below`, 0o755);
  });
});

test('what a killed process left in the log comes out, behind a damaged frame too', async (t) => {
  await withFolder(async (folder) => {
    const open = join(folder, 'open.cabinet');
    const volume = await openVolume(open, OPTIONS);
    await volume.fs.promises.writeFile('/first', 'first');
    await volume.checkpoint('truncate');
    for (let index = 0; index < 20; index += 1) {
      await volume.fs.promises.writeFile(`/late-${index}`, Buffer.alloc(3000, `${index} `));
    }
    const file = join(folder, 'copy.cabinet');
    writeFileSync(file, readFileSync(open));
    const log = readFileSync(`${open}-wal`);
    await volume.close();
    const frameBytes = PAGE + 24;
    // A page of content in the middle: one file is damaged, and not all that were written later.
    log[32 + 12 * frameBytes + 24 + 2000] = (log[32 + 12 * frameBytes + 24 + 2000] as number) ^ 4;
    writeFileSync(`${file}-wal`, log);
    const result = await salvageVolume(file, join(folder, 'rescued'));
    t.is(result.log.damagedFrames, 1);
    t.true(result.intact >= 15, JSON.stringify(result));
    t.deepEqual(readFileSync(join(folder, 'rescued/late-19')), Buffer.alloc(3000, '19 '));
    t.false(result.isComplete);
  });
});

test('it works where the first page is gone', async (t) => {
  await withFilled(async ({ file, dest }) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, 0, PAGE));
    const result = await salvageVolume(file, dest);
    t.is(result.intact, 4, JSON.stringify(result.entries));
    t.is(readFileSync(`${dest}/dir/inline`, 'utf8'), 'inline');
    chmodSync(`${dest}/dir/below`, 0o755);
  });
});

test('a volume that is open here can be salvaged, and stays usable', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, OPTIONS);
    await volume.fs.promises.writeFile('/file', 'x');
    const result = await salvageVolume(file, join(folder, 'rescued'));
    t.is(result.intact, 1);
    await volume.fs.promises.writeFile('/file', 'y');
    await volume.close();
    const again = await openVolume(file, { readOnly: true });
    t.is(again.fs.readFileSync('/file', 'utf8'), 'y');
    await again.close();
  });
});

test('what is refused', async (t) => {
  await withFilled(async ({ file, dest, folder }) => {
    mkdirSync(dest);
    writeFileSync(`${dest}/mine`, 'mine');
    await t.throwsAsync(salvageVolume(file, dest), { code: 'ERR_VOLUME_EXISTS' });
    t.deepEqual(readdirSync(dest), ['mine']);
    await t.throwsAsync(salvageVolume(`${file}-none`, `${dest}-a`), {
      code: 'ERR_VOLUME_NOT_FOUND',
    });
    await t.throwsAsync(salvageVolume(folder, `${dest}-b`), { code: 'ERR_NOT_A_VOLUME' });
    const text = join(folder, 'text');
    writeFileSync(text, 'no volume\n'.repeat(5000));
    await t.throwsAsync(salvageVolume(text, `${dest}-c`), { code: 'ERR_NOT_A_VOLUME' });
    const loose = salvageVolume as (...args: unknown[]) => Promise<unknown>;
    await t.throwsAsync(loose(file, `${dest}-d`, { deep: true }), { code: 'ERR_OPTION_UNKNOWN' });
    await t.throwsAsync(loose(file, `${dest}-d`, { partial: 1 }), { code: 'ERR_OPTION_INVALID' });
    await t.throwsAsync(loose(7, `${dest}-d`), { code: 'ERR_OPTION_INVALID' });
    await t.throwsAsync(loose(file, ''), { code: 'ERR_OPTION_INVALID' });
    const signal = AbortSignal.abort();
    await t.throwsAsync(salvageVolume(file, `${dest}-e`, { signal }), { name: 'AbortError' });
  });
});

test('the command tells what is missing by its exit code', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, OPTIONS);
    await volume.fs.promises.writeFile('/file', Buffer.alloc(3 * CHUNK, 'x'));
    await volume.close();
    const whole = await cabinet(['salvage', file, join(folder, 'a')]);
    t.is(whole.status, 0, whole.stderr);
    t.regex(whole.stdout, /1 file whole, 0 directories; nothing is missing/);
    spoil(file, 'UPDATE blob SET crc32c = crc32c + 1 WHERE id = (SELECT max(id) FROM blob)');
    const damaged = await cabinet(['salvage', file, join(folder, 'b'), '--json']);
    t.is(damaged.status, 6, damaged.stderr);
    t.like(JSON.parse(damaged.stdout), { partial: 1, isComplete: false });
  });
});

test('what a row says whose sum is wrong is not given as what was written', async (t) => {
  await withFilled(async ({ file, dest }) => {
    const volume = await openVolume(file, OPTIONS);
    await volume.fs.promises.writeFile('/chunks', Buffer.alloc(3 * CHUNK, 'c'));
    await volume.fs.promises.writeFile('/named', 'named');
    await volume.fs.promises.writeFile('/whole', 'whole');
    await volume.setXattr('/whole', 'user.note', 'value');
    await volume.close();
    const database = new Database(file);
    const ino = (name: string): string => `(SELECT ino FROM dentry WHERE name = '${name}')`;
    damageRows(
      database,
      'inode',
      `UPDATE inode SET mtime = mtime + 8 WHERE ino = ${ino('inline')}`,
    );
    damageRows(database, 'inode', `UPDATE inode SET uid = uid + 1 WHERE ino = ${ino('below')}`);
    damageRows(
      database,
      'chunk',
      `UPDATE chunk SET sum = 1 WHERE ino = ${ino('chunks')} AND idx = 1`,
    );
    damageRows(database, 'dentry', "UPDATE dentry SET name = 'nbmed' WHERE name = 'named'");
    damageRows(database, 'symlink', "UPDATE symlink SET target = 'dir/jnline'");
    damageRows(database, 'xattr', "UPDATE xattr SET name = 'user.oote'");
    database.close();
    const { entries, isComplete } = await salvageVolume(file, dest);
    t.false(isComplete);
    const said = entries.map(({ path, status, writtenAs, reason }) => [
      path,
      status,
      writtenAs,
      reason,
    ]);
    for (const expected of [
      ['/dir/inline', 'partial', 'dir/inline.damaged', /inode is damaged/],
      ['/dir/below', 'changed', 'dir/below', /attributes are damaged/],
      ['/chunks', 'partial', 'chunks.damaged', /bytes are damaged/],
      ['/nbmed', 'partial', 'nbmed.damaged', /its name, or what is behind it, is damaged/],
      ['/link', 'partial', 'link.damaged', /target of the link is damaged/],
      ['/whole', 'changed', 'whole', /extended attributes are damaged/],
    ] as const) {
      const found = said.find(([path]) => path === expected[0]);
      t.deepEqual(found?.slice(1, 3), [expected[1], expected[2]], expected[0]);
      t.regex(found?.[3] ?? '', expected[3]);
    }
    t.is(readFileSync(`${dest}/whole`, 'utf8'), 'whole');
    chmodSync(`${dest}/dir/below`, 0o755);
  });
});

test('a volume of a schema without sums comes out as it was', async (t) => {
  await withFolder(async (folder) => {
    for (const version of [1, 2]) {
      const name = `test/upgrade/frozen/schema-v${version}.cabinet`;
      const original = fileURLToPath(new URL(`../../../${name}`, import.meta.url));
      const file = join(folder, `v${version}.cabinet`);
      copyFileSync(original, file);
      const dest = join(folder, `out-${version}`);
      const { partial, lost, entries, symlinks } = await salvageVolume(file, dest);
      t.is(partial, 0);
      t.is(lost, 0);
      t.is(symlinks, 2);
      t.true(
        entries.every(({ reason }) => /are not made/.test(reason)),
        JSON.stringify(entries),
      );
      t.is(readFileSync(`${dest}/inline`, 'utf8'), 'small enough for the inode');
    }
  });
});
