/**
 * Every statement of everyday work reaches its rows by a key. The statements are collected while
 * the volume is used, so that a new one cannot be forgotten.
 */
import test from 'ava';
import type { Ino } from '#src/core/ino.js';
import { Reader } from '#src/readers/reader.js';
import { Connection } from '#src/sqlite/connection.js';
import { inodeState, listStates, locationsOf, versionSums } from '#src/store/inode-state.js';
import { databaseOf } from '../support/statement-faults.js';
import { withFolder } from '../support/temporary-volume.js';
import { command, job, mkdir, WriterInProcess, writeFile } from '../writer/writer-in-process.js';

/**
 * Scans of tables that are as short as the number of processes, of orphans that wait, or of callers that
 * wait for a lock.
 */
const SHORT_TABLES = [
  'session',
  'meta',
  'migration',
  'orphan',
  'lock_wait',
  'sqlite_schema',
  'CONSTANT ROW',
];
const RANGE = { kind: 'posix', owner: 'a', pid: 1, first: 10, last: 20, exclusive: true };

/** Statements that a process runs when it comes and goes; they may look at every lock. */
const ONCE_PER_PROCESS = /^\s*(INSERT INTO|DELETE FROM) session\b/;

const ROOT = 1 as Ino;
const collected = new Set<string>();
const { statement } = Connection.prototype;
Connection.prototype.statement = function (this: Connection, sql: string, shape?: 'value') {
  collected.add(sql);
  return statement.call(this, sql, shape);
} as typeof statement;

function work(own: WriterInProcess): void {
  const creator = { mode: 0o644, uid: 0, gid: 0 };
  const now = { sec: 1, nsec: 1 };
  const big = 'x'.repeat(3_000_000);
  const commands = [
    mkdir('/dir'),
    mkdir('/dir/sub'),
    command('makeDirectories', ['/dir/a/b', { ...creator, mode: 0o755 }]),
    writeFile('/dir/small', 'small'),
    writeFile('/dir/middle', 'x'.repeat(5000)),
    writeFile('/dir/big', big),
    writeFile('/dir/big', big),
    command('write', ['/dir/big', 100_000], 'overwritten'),
    command('write', ['/dir/big', null], 'appended'),
    command('copyFile', ['/dir/big', '/dir/copy', false, creator]),
    command('write', ['/dir/copy', 70_000], 'unshared'),
    command('truncate', ['/dir/copy', 1_000_001]),
    command('truncate', ['/dir/big', 10]),
    command('open', ['/dir/open', 0o102, creator]),
    command('symlink', ['/dir/link', 'small', creator]),
    command('link', ['/dir/small', '/dir/second']),
    command('mknod', ['/dir/fifo', { ...creator, mode: 0o010644 }, 0]),
    command('rename', ['/dir/small', '/dir/moved']),
    command('rename', ['/dir/moved', '/dir/middle']),
    command('rename', ['/dir/sub', '/dir/a/sub']),
    command('chmod', ['/dir/big', 0o600]),
    command('chown', ['/dir/big', 1, 1, true]),
    command('utimes', ['/dir/big', now, now, true]),
    command('setXattr', ['/dir/big', 'user.a', 'either', true], 'value'),
    command('removeXattr', ['/dir/big', 'user.a', true]),
    command('lock', ['/dir/big', { ...RANGE, wait: true }]),
    command('lock', ['/dir/big', { ...RANGE, first: 21, last: 30, wait: true }]),
    command('lock', ['/dir/big', { ...RANGE, owner: 'b', wait: true }]),
    command('lock', ['/dir/big', { ...RANGE, kind: 'flock', wait: true }]),
    command('lock', ['/dir/big', { ...RANGE, kind: 'flock', owner: 'b', wait: true }]),
    command('testLock', ['/dir/big', { ...RANGE, owner: 'c' }]),
    command('unlock', [4, 'posix', 'a', 0, 100]),
    command('cancelLock', [2]),
    command('unlink', ['/dir/open']),
    command('unlink', ['/dir/copy']),
    command('rmdir', ['/dir/a/sub']),
    command('removeTree', ['/dir', true, false]),
  ];
  for (const step of commands) own.run(job(step));
  own.idle();
  const reader = new Reader({ path: own.path, cacheBytes: 1_000_000, busyTimeoutMs: 0 });
  reader.read((store) => {
    store.dentries.list(ROOT, '', 10);
    store.dentries.names(ROOT);
    store.dentries.types(ROOT, '', 10);
    for (let depth = 1; depth <= 10; depth += 1) {
      const names = Array.from({ length: depth }, (_, index) => `d${index}`);
      store.plainPaths.inode(names);
      store.plainPaths.mode(names);
      store.plainPaths.bytes(names);
      store.plainPaths.text(names);
    }
    store.dentries.lookup(ROOT, 'a');
    store.xattrs.names(ROOT);
    store.xattrs.get(ROOT, 'user.a');
    inodeState(store.connection, ROOT);
    listStates(store.connection, ROOT, '', 10);
    versionSums(store.connection, ROOT);
    locationsOf(store.connection, ROOT, ROOT);
  });
  reader.close();
}

function planOf(own: WriterInProcess, sql: string): string[] {
  const plan = databaseOf(own.path).prepare(`EXPLAIN QUERY PLAN ${sql}`);
  const parameters = Array.from({ length: sql.split('?').length - 1 }, () => 1);
  return (plan.all(...parameters) as { detail: string }[]).map(({ detail }) => detail);
}

function isPlanned(sql: string): boolean {
  return /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql);
}

function scansLongTable(detail: string): boolean {
  // What a subquery gives is as long as what it was asked for.
  if (/^SCAN \(subquery/.test(detail)) return false;
  return /^SCAN /.test(detail) && !SHORT_TABLES.some((name) => detail.startsWith(`SCAN ${name}`));
}

test('no statement of everyday work scans a table', async (t) => {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder);
    work(own);
    const planned = [...collected].filter((sql) => isPlanned(sql) && !ONCE_PER_PROCESS.test(sql));
    t.true(planned.length > 30, `${planned.length} statements were seen`);
    for (const sql of planned) {
      const bad = planOf(own, sql).filter(scansLongTable);
      t.deepEqual(bad, [], sql);
    }
    await own.writer.close();
  });
});

/** Statement by a part of its text, and the steps it must take. */
const EXPECTED: readonly (readonly [name: string, text: RegExp, plan: readonly RegExp[]])[] = [
  [
    'lookup',
    /^\s*SELECT i\.ino.*FROM dentry AS d JOIN/s,
    [
      /^SEARCH d USING PRIMARY KEY \(parent=\? AND name=\?\)/,
      /^SEARCH i USING INTEGER PRIMARY KEY/,
    ],
  ],
  [
    'step of a path',
    /^\s*SELECT d\.ino, i\.mode FROM dentry/,
    [
      /^SEARCH d USING PRIMARY KEY \(parent=\? AND name=\?\)/,
      /^SEARCH i USING INTEGER PRIMARY KEY/,
    ],
  ],
  [
    'listing a directory',
    /^\s*SELECT d\.name, d\.ino, i\.mode FROM dentry/,
    [
      /^SEARCH d USING PRIMARY KEY \(parent=\? AND name>\?\)/,
      /^SEARCH i USING INTEGER PRIMARY KEY/,
    ],
  ],
  [
    'types of a directory',
    /^\s*SELECT group_concat/,
    [
      /^CO-ROUTINE/,
      /^SEARCH d USING PRIMARY KEY \(parent=\? AND name>\?\)/,
      /^SEARCH i USING INTEGER PRIMARY KEY/,
      /^SCAN \(subquery/,
    ],
  ],
  [
    'a file by its path',
    /^\s*SELECT i\.ino.*LEFT JOIN dentry AS d ON d\.parent = d2\.ino/s,
    [
      /^SEARCH d1 USING PRIMARY KEY \(parent=\? AND name=\?\)/,
      /^SEARCH d2 USING PRIMARY KEY \(parent=\? AND name=\?\)/,
      /^SEARCH d USING PRIMARY KEY \(parent=\? AND name=\?\)/,
      /^SEARCH i USING INTEGER PRIMARY KEY/,
      /^SEARCH p USING INTEGER PRIMARY KEY/,
    ],
  ],
  [
    'names of a directory',
    /^\s*SELECT name FROM dentry/,
    [/^SEARCH dentry USING PRIMARY KEY \(parent=\?\)/],
  ],
  [
    'inode by number',
    /^\s*SELECT i\.ino.*FROM inode AS i WHERE i\.ino = \?/s,
    [/^SEARCH i USING INTEGER PRIMARY KEY \(rowid=\?\)/],
  ],
  [
    'chunk by index',
    /^\s*SELECT blob, sound FROM chunk WHERE ino = \? AND idx = \?/,
    [/^SEARCH chunk USING PRIMARY KEY \(ino=\? AND idx=\?\)/],
  ],
  [
    'chunks from an index on',
    /^\s*SELECT idx, blob, sound FROM chunk/,
    [/^SEARCH chunk USING PRIMARY KEY \(ino=\? AND idx>\? AND idx<\?\)/],
  ],
];

for (const [name, text, plan] of EXPECTED) {
  test(`${name} takes the way that is meant, without sorting`, async (t) => {
    await withFolder(async (folder) => {
      const own = new WriterInProcess(folder);
      work(own);
      const found = [...collected].filter((sql) => text.test(sql));
      t.true(found.length > 0, 'the statement was seen');
      for (const sql of found) {
        const details = planOf(own, sql);
        t.is(details.length, plan.length, details.join('; '));
        for (const [index, expected] of plan.entries()) t.regex(details[index] as string, expected);
      }
      await own.writer.close();
    });
  });
}
