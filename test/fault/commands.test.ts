/**
 * Each command of the writer, with its 1st, 2nd ... nth statement failing until none is left to fail: the
 * answer is an error with a code, nothing of the command is there, and the writer works on, or has stopped
 * and says why.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { COMMANDS, type Command, type CommandName } from '#src/writer/commands.js';
import { type Fault, sqliteError, withFault } from '../support/statement-faults.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { command, job, mkdir, WriterInProcess, writeFile } from '../writer/writer-in-process.js';

const CREATOR = { mode: 0o644, uid: 0, gid: 0 };
const TIME = { sec: 1_700_000_000, nsec: 5 };
const O_RDWR_CREAT = 0o102;
const O_WRONLY_CREAT_TRUNC = 0o1101;
/** More statements than any command takes; reaching it fails the test. */
const STATEMENTS_MAX = 400;
/** Inode numbers of the tree that `populate` makes. */
const [DIR, FILE, BIG, OTHER] = [2, 3, 4, 7];
const LOCK = {
  kind: 'flock',
  owner: 'test',
  pid: 1,
  first: 0,
  last: Number.MAX_SAFE_INTEGER,
  exclusive: true,
  wait: false,
} as const;
const place = (parent: number, name: string) => ({ parent, name });

const CASES: Readonly<Record<CommandName, Command>> = {
  open: command('open', ['/new', O_RDWR_CREAT, CREATOR]),
  writeFile: command('writeFile', ['/dir/big', O_WRONLY_CREAT_TRUNC, CREATOR], 'x'.repeat(150_000)),
  write: command('write', ['/dir/big', 100_000], 'y'.repeat(100_000)),
  truncate: command('truncate', ['/dir/big', 10]),
  mkdir: command('mkdir', ['/dir/new', CREATOR]),
  makeDirectories: command('makeDirectories', ['/dir/a/b/c', CREATOR]),
  mknod: command('mknod', ['/dir/fifo', { ...CREATOR, mode: 0o10644 }, 0]),
  symlink: command('symlink', ['/dir/symlink', 'file', CREATOR]),
  link: command('link', ['/dir/file', '/linked']),
  unlink: command('unlink', ['/dir/big']),
  rmdir: command('rmdir', ['/dir/empty']),
  removeDirectoryTree: command('removeDirectoryTree', ['/dir', 'lstat']),
  removeTree: command('removeTree', ['/dir', true, false]),
  removeTreeInTurn: command('removeTreeInTurn', ['/dir', false]),
  rename: command('rename', ['/dir/file', '/other']),
  copyFile: command('copyFile', ['/dir/big', '/other', false, CREATOR]),
  chmod: command('chmod', ['/dir/file', 0o600]),
  chown: command('chown', ['/dir/file', 5, 6, true]),
  utimes: command('utimes', ['/dir/file', TIME, TIME, true]),
  setXattr: command('setXattr', ['/dir/file', 'user.b', 'either', true], 'value'),
  removeXattr: command('removeXattr', ['/dir/file', 'user.a', true]),
  placeEntries: command('placeEntries', [{ groups: [], since: TIME, overwrite: true }], ''),
  createNameless: command('createNameless', []),
  lock: command('lock', ['/dir/file', LOCK]),
  unlock: command('unlock', [FILE, 'flock', 'test', 0, Number.MAX_SAFE_INTEGER]),
  cancelLock: command('cancelLock', [1]),
  testLock: command('testLock', ['/dir/file', LOCK]),
  require: command('require', []),
  createAt: command('createAt', [place(DIR, 'new'), CREATOR]),
  mkdirAt: command('mkdirAt', [place(DIR, 'new'), CREATOR]),
  mknodAt: command('mknodAt', [place(DIR, 'fifo'), { ...CREATOR, mode: 0o10644 }, 0]),
  symlinkAt: command('symlinkAt', [place(DIR, 'symlink'), 'file', CREATOR]),
  linkAt: command('linkAt', [FILE, place(1, 'linked')]),
  unlinkAt: command('unlinkAt', [place(DIR, 'big')]),
  rmdirAt: command('rmdirAt', [place(DIR, 'empty')]),
  renameAt: command('renameAt', [place(DIR, 'file'), place(1, 'other'), true]),
  exchangeAt: command('exchangeAt', [place(DIR, 'file'), place(1, 'other')]),
  writeAt: command('writeAt', [BIG, 100_000, true], 'z'.repeat(100_000)),
  noteAccess: command('noteAccess', [FILE]),
  setAttributes: command('setAttributes', [BIG, { size: 70_000, mode: 0o600, atime: TIME }]),
  changeRange: command('changeRange', [BIG, 'punch', 0, 70_000, true, false]),
  copyRange: command('copyRange', [BIG, 0, OTHER, 0, 150_000, false]),
};

function populate(own: WriterInProcess): void {
  own.run(
    job(mkdir('/dir')),
    job(writeFile('/dir/file', 'content')),
    job(writeFile('/dir/big', 'b'.repeat(200_000))),
    job(command('symlink', ['/dir/link', 'file', CREATOR])),
    job(mkdir('/dir/empty')),
    job(writeFile('/other', 'other')),
    job(command('setXattr', ['/dir/file', 'user.a', 'either', true], 'a')),
  );
}

const TABLES = ['inode', 'dentry', 'blob', 'chunk', 'symlink', 'xattr', 'orphan', 'lock', 'share'];

/** All rows that a command may change, as another connection sees them. */
function rowsOf(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    return TABLES.map((table) => {
      const rows = database.prepare(`SELECT * FROM ${table}`).safeIntegers().all();
      return `${table} ${JSON.stringify(rows, withoutSums)}`;
    }).join('\n');
  } finally {
    database.close();
  }
}

/** A sum is that of the times, too, which are compared with those of another volume; `sound` stays. */
function withoutSums(key: string, value: unknown): unknown {
  if (key === 'sum') return undefined;
  return typeof value === 'bigint' ? String(value) : value;
}

/** The nth statement fails, and with `forGood` all after it; but not what undoes. */
class NthStatement implements Fault {
  hits = 0;
  #count = 0;
  readonly #nth: number;
  readonly #forGood: boolean;
  readonly #code: string;

  constructor(nth: number, forGood: boolean, code: string) {
    this.#nth = nth;
    this.#forGood = forGood;
    this.#code = code;
  }

  matches(sql: string): boolean {
    if (sql.startsWith('ROLLBACK') || sql.startsWith('PRAGMA')) return false;
    // Who only reads needs no room and no lock.
    if (sql.trimStart().startsWith('SELECT') && !this.#code.startsWith('SQLITE_IOERR'))
      return false;
    this.#count += 1;
    const isHit = this.#forGood ? this.#count >= this.#nth : this.#count === this.#nth;
    if (isHit) this.hits += 1;
    return isHit;
  }

  error(): unknown {
    return sqliteError(this.#code);
  }
}

const CODES: Readonly<Record<string, readonly unknown[]>> = {
  SQLITE_FULL: ['ENOSPC'],
  SQLITE_IOERR_WRITE: ['EIO', 'ERR_WRITER_FAILED'],
  SQLITE_READONLY: ['EROFS'],
  SQLITE_BUSY: ['ERR_VOLUME_BUSY'],
};

/** Tries one command with every statement failing; returns how often one did. */
async function failEach(
  t: ExecutionContext,
  name: string,
  step: Command,
  code: string,
  forGood: boolean,
  isLast: boolean,
): Promise<number> {
  return await withFolder(async (folder) => {
    let own = fresh(folder, 0);
    const before = rowsOf(own.path);
    let failures = 0;
    for (let nth = 1; ; nth += 1) {
      if (nth > STATEMENTS_MAX) throw new Error(`${name} never got through`);
      const where = `${name}, statement ${nth}, ${code}${forGood ? ' for good' : ''}`;
      const fault = new NthStatement(nth, forGood, code);
      const [result] = withFault(fault, () => own.run(job(step)));
      const answer = (result as { code?: unknown } | null)?.code;
      if (fault.hits === 0) break;
      failures += 1;
      if (answer !== undefined) {
        t.true(CODES[code]?.includes(answer), `${where}: ${answer}`);
        const isUndone = stripTimes(rowsOf(own.path)) === stripTimes(before);
        // When the writer has stopped it is unknown whether the commit took effect: then it may have.
        t.true(isUndone || own.writer.failure !== undefined, where);
        if (own.writer.failure === undefined) continue;
        t.is(own.writer.failure.code, 'ERR_WRITER_FAILED', where);
        t.truthy(own.writer.failure.hint, where);
      }
      // It was repeated with success, or the writer has stopped.
      await own.writer.close();
      own = fresh(folder, nth);
    }
    await own.writer.close();
    if (isLast) {
      await using volume = await openVolume(own.path, { durability: 'off' });
      await assertVolumeSound(volume);
    }
    return failures;
  });
}

/** A writer of a new volume with the tree. */
function fresh(folder: string, number: number): WriterInProcess {
  const own = join(folder, String(number));
  mkdirSync(own);
  const made = new WriterInProcess(own, { durability: 'off' });
  populate(made);
  return made;
}

/** Times are of the clock: nanoseconds since 1970, the only numbers of so many digits. */
function stripTimes(rows: string): string {
  return rows.replaceAll(/"\d{19}"/g, '"time"');
}

const FAULTS = [
  ['SQLITE_FULL', false],
  ['SQLITE_FULL', true],
  ['SQLITE_IOERR_WRITE', false],
  ['SQLITE_READONLY', true],
  ['SQLITE_BUSY', false],
] as const;

for (const [code, forGood] of FAULTS) {
  test.serial(
    `commands with a statement that fails, ${code}${forGood ? ' for good' : ''}`,
    async (t) => {
      t.timeout(300_000);
      t.deepEqual(Object.keys(CASES).sort(), Object.keys(COMMANDS).sort());
      let failures = 0;
      const cases = Object.entries(CASES);
      for (const [index, [name, step]] of cases.entries()) {
        // Rows that are what they were are as sound; now and then the whole check says so.
        const isLast = index === cases.length - 1 || name === 'removeTree';
        failures += await failEach(t, name, step, code, forGood, isLast);
      }
      t.log(`${failures} failing statements in ${cases.length} commands`);
      t.true(failures > cases.length);
    },
  );
}
