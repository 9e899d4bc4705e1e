/** Wrong calls and wrong files: exit codes, one or two lines, JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { IS_ROOT, payload } from '../support/host-tree.js';
import { CABINET, cabinet, withWorkplace } from './cabinet.js';

const COMMANDS = [
  ['create'],
  ['info'],
  ['ls'],
  ['cat'],
  ['put'],
  ['get'],
  ['rm'],
  ['mv'],
  ['mkdir'],
  ['ln'],
  ['import'],
  ['export'],
  ['check'],
  ['stats'],
  ['health'],
  ['checkpoint'],
  ['compact'],
  ['archive'],
  ['backup'],
  ['restore'],
  ['shell'],
  ['serve'],
  ['migrate'],
].flat();

test('every command has help with examples', async (t) => {
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = await cabinet([command, '--help']);
    t.is(status, 0, command);
    t.is(stderr, '');
    t.regex(stdout, new RegExp(`Usage: cabinet ${command} .*<volume>`));
    t.regex(stdout, /Examples:\n {2}\w/);
    t.regex(stdout, /--json/);
    t.true(Math.max(...stdout.split('\n').map((line) => line.length)) <= 80, command);
  }
});

test('help and version', async (t) => {
  const { stdout, status } = await cabinet(['--help']);
  t.is(status, 0);
  for (const command of COMMANDS) t.regex(stdout, new RegExp(`^ {2}${command} `, 'm'));
  t.regex(stdout, /Exit codes:/);
  t.regex((await cabinet(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  t.is((await cabinet(['help', 'import'])).status, 0);
  const nothing = await cabinet([]);
  t.is(nothing.status, 2);
  t.regex(nothing.stderr, /Usage: cabinet/);
});

test('wrong calls', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    t.is(
      await fails(2, 'ls'),
      "cabinet: missing required argument 'volume'\nSee 'cabinet ls --help'.\n",
    );
    t.regex(await fails(2, 'lss', volume), /unknown command 'lss' .*Did you mean ls/);
    t.regex(await fails(2, 'ls', volume, '--lng'), /unknown option '--lng'.*Did you mean --long/);
    t.regex(await fails(2, 'ls', volume, '/', 'extra'), /too many arguments/);
    t.regex(await fails(2, 'mkdir', volume, '/x', '-m', '999'), /octal/);
    t.regex(await fails(2, 'put', volume, 'x', '--durability', 'some'), /full, interval/);
    const json = JSON.parse(await fails(2, 'ls', '--json')) as { error: object };
    t.like(json.error, { code: 'ERR_USAGE', path: null });
  });
});

test('files that are no volumes', async (t) => {
  await withWorkplace(t, async ({ folder, volume, fails }) => {
    writeFileSync(join(folder, 'text'), 'hello, this is text and not a database');
    writeFileSync(join(folder, 'empty'), '');
    new Database(join(folder, 'other.db')).exec('CREATE TABLE t (x)').close();
    for (const file of ['text', 'empty', 'other.db', '.']) {
      for (const command of ['ls', 'info', 'stats', 'check']) {
        const said = await fails(4, command, file);
        t.regex(
          said,
          new RegExp(file === '.' ? 'directory|regular file' : file),
          `${command} ${file}`,
        );
      }
    }
    t.regex(await fails(4, 'rm', 'text', '/x'), /not a SQLite database/);
    t.regex(await fails(4, 'ls', 'missing'), /no volume at .*missing/);
    t.regex(await fails(4, 'put', 'missing', 'text'), /no volume at .*missing/);
    t.false(existsSync(join(folder, 'missing')));
    const answer = JSON.parse(await fails(4, 'ls', 'missing', '--json')) as { error: object };
    t.like(answer.error, { code: 'ERR_VOLUME_NOT_FOUND', path: join(folder, 'missing') });
    copyFileSync(volume, join(folder, 'cut'));
    truncateSync(join(folder, 'cut'), 20_000);
    t.regex(await fails(3, 'ls', 'cut'), /truncated|damaged/);
  });
});

test('a newer and a changed schema', async (t) => {
  await withWorkplace(t, async ({ folder, volume, fails }) => {
    for (const [name, sql] of [
      [
        'newer',
        "INSERT INTO migration VALUES (99, '0099_later', 'x', 0); PRAGMA user_version = 99",
      ],
      ['edited', "UPDATE migration SET sha256 = 'other'"],
    ] as const) {
      copyFileSync(volume, join(folder, name));
      new Database(join(folder, name)).exec(sql).close();
      for (const command of ['ls', 'info', 'migrate']) t.regex(await fails(7, command, name), /\n/);
    }
  });
});

test('a volume that somebody else keeps locked', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    const other = new Database(volume);
    other.exec('BEGIN IMMEDIATE');
    try {
      t.regex(await fails(5, 'mkdir', volume, '/x'), /keeps '.*' locked/);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
  });
});

test('reading works while another process writes', async (t) => {
  await withWorkplace(t, async ({ volume, ok }) => {
    await cabinet(['put', volume, '-', '/file'], { input: 'x' });
    const other = new Database(volume);
    other.exec('BEGIN IMMEDIATE');
    try {
      t.is(await ok('cat', volume, '/file'), 'x');
      t.is(await ok('ls', volume), 'file\n');
      t.regex(await ok('stats', volume), /Files +1/);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
  });
});

test('a check that finds problems ends with 3, with --repair it puts them right', async (t) => {
  await withWorkplace(t, async ({ volume, fails, ok }) => {
    await cabinet(['put', volume, '-', '/file'], { input: 'x'.repeat(5000) });
    new Database(volume).exec('UPDATE inode SET nlink = 7 WHERE ino = 2').close();
    const { status, stdout, stderr } = await cabinet(['check', volume]);
    t.is(status, 3);
    t.is(stderr, '');
    t.regex(stdout, /^I8 {2}\/file: .*\n.*: 1 problem \(/);
    const json = await cabinet(['check', volume, '--json']);
    t.is(json.status, 3);
    t.like(JSON.parse(json.stdout), { ok: false, problemsTotal: 1 });
    t.regex(await ok('check', volume, '--repair'), /\(repaired\)\n.*all repaired/);
    new Database(volume).exec('UPDATE blob SET data = zeroblob(length(data))').close();
    t.is((await cabinet(['check', volume, '--content'])).status, 3);
    await ok('rm', volume, '/file');
    t.regex(await fails(4, 'check', 'missing'), /no volume/);
  });
});

test('a file or directory of the host that may not be read or written', async (t) => {
  await withWorkplace(t, async ({ folder, volume, fails, ok }) => {
    t.regex(await fails(1, 'put', volume, 'missing'), /'missing': no such file or directory/);
    t.regex(await fails(1, 'import', volume, 'missing'), /'missing': no such file or directory/);
    await cabinet(['put', volume, '-', '/file'], { input: 'x' });
    t.regex(await fails(1, 'get', volume, '/file', 'no/such/place'), /no such file or directory/);
    if (IS_ROOT) return;
    mkdirSync(join(folder, 'closed'), { mode: 0o500 });
    t.regex(await fails(1, 'export', volume, 'closed/copy'), /permission denied/);
    chmodSync(volume, 0o400);
    t.is(await ok('cat', volume, '/file'), 'x');
    t.regex(await fails(1, 'mkdir', volume, '/x'), /may not be written/);
    chmodSync(volume, 0o600);
  });
});

test('nothing is said when the reader of the output goes away', async (t) => {
  await withWorkplace(t, async ({ folder, volume, ok }) => {
    writeFileSync(join(folder, 'big'), payload(8_000_000));
    await ok('put', volume, 'big');
    for (const args of [
      ['cat', volume, '/big'],
      ['get', volume, '/big', '-'],
      ['export', volume, '-'],
    ]) {
      const child = spawn(process.execPath, [CABINET, ...args]);
      let said = '';
      child.stderr.on('data', (text: Buffer) => {
        said += String(text);
      });
      child.stdout.once('data', () => child.stdout.destroy());
      const [status] = (await once(child, 'close')) as [number];
      t.is(said, '', args[0]);
      t.is(status, 141, args[0]);
    }
  });
});
