/** Rules I1 and I2, damaged pages, and files that are no volume. */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { type CheckResult, openVolume, type Problem, verifyVolume } from '#src/index.js';
import { withFolder } from '../../support/temporary-volume.js';
import { type Broken, CHUNK, makeBystanders, withBroken } from './broken.js';

const PAGE = 8192;

/** Overwrites what follows the first place where `needle` stands in the file of a closed volume. */
function damageAfter(file: string, needle: Buffer, damage: Buffer): void {
  const fd = openSync(file, 'r+');
  try {
    const whole = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, whole, 0, whole.length, 0);
    const at = whole.indexOf(needle);
    if (at < 0) throw new Error('the bytes are not in the file');
    writeSync(fd, damage, 0, damage.length, at + needle.length);
  } finally {
    closeSync(fd);
  }
}

/** Breaks the page of a closed volume that holds `needle` first. */
function breakPageOf(file: string, needle: Buffer): void {
  const fd = openSync(file, 'r+');
  try {
    const whole = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, whole, 0, whole.length, 0);
    const at = whole.indexOf(needle);
    if (at < 0) throw new Error('the bytes are not in the file');
    writeSync(fd, Buffer.alloc(4, 0xee), 0, 4, Math.floor(at / PAGE) * PAGE);
  } finally {
    closeSync(fd);
  }
}

/** Number of the first page of a table, found on a closed volume. */
function rootPage(file: string, table: string): number {
  const database = new Database(file);
  try {
    const sql = 'SELECT rootpage FROM sqlite_schema WHERE name = ?';
    return database.prepare(sql).pluck().get(table) as number;
  } finally {
    database.close();
  }
}

function overwritePage(file: string, page: number): void {
  const fd = openSync(file, 'r+');
  try {
    writeSync(fd, Buffer.alloc(PAGE, 0xee), 0, PAGE, (page - 1) * PAGE);
  } finally {
    closeSync(fd);
  }
}

function ids({ problems }: CheckResult): string[] {
  return [...new Set(problems.map(({ invariant }) => invariant))].sort();
}

async function withClosed(fn: (broken: Broken) => Promise<void>): Promise<void> {
  await withBroken(async (broken) => {
    await makeBystanders(broken.fs);
    await broken.volume.close();
    await fn(broken);
  });
}

test('I1: damaged content names the file that it belongs to', (t) =>
  withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    const volume = await openVolume(file);
    await volume.fs.promises.mkdir('/dir');
    const mark = Buffer.from('the content begins here ');
    await volume.fs.promises.writeFile('/dir/f', Buffer.concat([mark, Buffer.alloc(CHUNK, 'c')]));
    await volume.fs.promises.writeFile('/dir/g', Buffer.alloc(CHUNK, 'g'));
    const { ino } = await volume.fs.promises.stat('/dir/f');
    await volume.close();
    damageAfter(file, mark, Buffer.from('XXXX'));
    t.true((await verifyVolume(file, { content: false })).ok);
    const { ok, problems } = await verifyVolume(file);
    t.false(ok);
    t.is(problems.length, 1);
    const [problem] = problems as [Problem];
    t.like(problem, { invariant: 'I22', ino, path: '/dir/f', repaired: false });
  }));

test('I1: content that cannot be read names the file that it belongs to', (t) =>
  withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    const volume = await openVolume(file);
    await volume.fs.promises.mkdir('/dir');
    const mark = Buffer.alloc(4 * PAGE, 'the middle of the content ');
    await volume.fs.promises.writeFile('/dir/f', Buffer.concat([Buffer.alloc(PAGE), mark]));
    await volume.fs.promises.writeFile('/dir/g', Buffer.alloc(CHUNK, 'g'));
    const { ino } = await volume.fs.promises.stat('/dir/f');
    await volume.close();
    // The pages of a long row are a list: a broken link ends it.
    breakPageOf(file, mark.subarray(100, 1000));
    const { ok, problems } = await verifyVolume(file);
    t.false(ok);
    const problem = problems.find((each) => each.path !== null);
    t.like(problem, { invariant: 'I1', ino, path: '/dir/f', repaired: false });
    t.regex(problem?.detail ?? '', /content is damaged: blob \d+ could not be read/);
  }));

for (const table of ['inode', 'dentry', 'blob', 'chunk', 'symlink', 'meta', 'migration']) {
  test(`I1: a damaged page of ${table} is reported and not repaired`, (t) =>
    withClosed(async ({ file }) => {
      overwritePage(file, rootPage(file, table));
      const result = await verifyVolume(file);
      t.false(result.ok);
      t.true(ids(result).includes('I1'), JSON.stringify(result.problems, null, 1));
      t.true(result.problems.every(({ repaired }) => !repaired));
      t.true(result.problems.some(({ detail }) => detail.includes('could not be read')));
    }));
}

test('I1: a damaged schema page is reported', (t) =>
  withClosed(async ({ file }) => {
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.alloc(PAGE - 100, 0xee), 0, PAGE - 100, 100);
    closeSync(fd);
    const result = await verifyVolume(file);
    t.false(result.ok);
    t.deepEqual(ids(result), ['I1']);
  }));

test('I1: a truncated file is reported', (t) =>
  withClosed(async ({ file }) => {
    const fd = openSync(file, 'r');
    const { size } = fstatSync(fd);
    closeSync(fd);
    truncateSync(file, size - 2 * PAGE);
    const result = await verifyVolume(file);
    t.false(result.ok);
    t.true(ids(result).includes('I1'));
  }));

test('I1: a repair writes nothing to a damaged database', (t) =>
  withFolder(async (folder) => {
    const file = join(folder, 'v.cabinet');
    const first = await openVolume(file);
    await first.fs.promises.symlink('target', '/l');
    await first.fs.promises.writeFile('/f', 'f');
    await first.close();
    overwritePage(file, rootPage(file, 'symlink'));
    const volume = await openVolume(file);
    const { ok, problems } = await volume.check({ repair: true });
    t.false(ok);
    t.true(problems.some(({ invariant }) => invariant === 'I1'));
    t.true(problems.every(({ repaired }) => !repaired));
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'f');
    await volume.close();
  }));

for (const [title, sql, detail] of [
  ['a table too many', 'CREATE TABLE extra (x)', /table extra is none of the migrations'/],
  ['a view', 'CREATE VIEW extra AS SELECT 1', /view extra is none/],
  [
    'a trigger',
    'CREATE TRIGGER extra AFTER INSERT ON xattr BEGIN SELECT 1; END',
    /trigger extra is none/,
  ],
  ['a missing index', 'DROP INDEX hold_session', /index hold_session is missing/],
  ['another column', 'ALTER TABLE xattr ADD COLUMN more INTEGER', /xattr is not as the migrations/],
  ['a migration not recorded', 'DELETE FROM migration', /'0001_initial' is not recorded/],
  [
    'a migration of another name',
    "UPDATE migration SET name = '0001_other'",
    /recorded with another name/,
  ],
  ['an unknown migration', "INSERT INTO migration VALUES (9, 'x', 'y', 0)", /recorded but unknown/],
] as const) {
  test.serial(`I2: ${title} is reported, and nothing is repaired`, (t) =>
    withBroken(async ({ volume, sql: run }) => {
      run(sql);
      run('UPDATE inode SET nlink = 7 WHERE ino = 1');
      const result = await volume.check({ repair: true, content: true });
      t.false(result.ok);
      t.deepEqual(ids(result), ['I2', 'I8']);
      t.regex(result.problems[0]?.detail ?? '', detail);
      t.true(result.problems.every(({ repaired }) => !repaired));
      run('UPDATE inode SET nlink = 2 WHERE ino = 1');
    }),
  );
}

test('statistics of ANALYZE are no part of the schema', (t) =>
  withBroken(async ({ volume, sql }) => {
    sql('ANALYZE');
    t.true((await volume.check({ content: true })).ok);
  }));

test('verifying leaves the file and its folder as they were', (t) =>
  withClosed(async ({ file, volume }) => {
    await volume.close();
    const before = readdirSync(dirname(file));
    const read = (): Buffer => {
      const fd = openSync(file, 'r');
      const whole = Buffer.alloc(fstatSync(fd).size);
      readSync(fd, whole, 0, whole.length, 0);
      closeSync(fd);
      return whole;
    };
    const bytes = read();
    t.true((await verifyVolume(file)).ok);
    t.deepEqual(readdirSync(dirname(file)), before);
    t.true(read().equals(bytes));
  }));

test('verifying a volume that is open here is allowed', (t) =>
  withBroken(async ({ fs, file }) => {
    await fs.writeFile('/f', 'f');
    t.true((await verifyVolume(file)).ok);
    await fs.writeFile('/f', 'g');
    t.is(await fs.readFile('/f', 'utf8'), 'g');
  }));

test('what is no volume is refused by name', (t) =>
  withFolder(async (folder) => {
    const text = join(folder, 'text');
    writeFileSync(text, 'just a text, long enough to be something'.repeat(50));
    const other = join(folder, 'other.db');
    const database = new Database(other);
    database.exec('CREATE TABLE x (y)');
    database.close();
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    for (const path of [text, other, empty, folder]) {
      await t.throwsAsync(verifyVolume(path), { code: 'ERR_NOT_A_VOLUME' });
    }
    await t.throwsAsync(verifyVolume(join(folder, 'none')), { code: 'ERR_VOLUME_NOT_FOUND' });
    await t.throwsAsync(verifyVolume(''), { code: 'ERR_OPTION_INVALID' });
    const verify = verifyVolume as (path: string, options: unknown) => Promise<unknown>;
    await t.throwsAsync(verify(text, { deep: true }), { code: 'ERR_OPTION_UNKNOWN' });
  }));

test('a volume of another schema version is refused by name', (t) =>
  withClosed(async ({ file }) => {
    const database = new Database(file);
    database.pragma('user_version = 99');
    database.close();
    await t.throwsAsync(verifyVolume(file), { code: 'ERR_SCHEMA_TOO_NEW' });
  }));
