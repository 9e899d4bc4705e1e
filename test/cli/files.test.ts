/** Commands on single files and directories, used rightly. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { payload } from '../support/host-tree.js';
import { projectFiles } from '../support/project.js';
import { cabinet, withWorkplace } from './cabinet.js';

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly mode: string;
  readonly size: number;
}

test('put, ls, cat, get: a file goes in and comes out', async (t) => {
  await withWorkplace(t, async ({ volume, folder, ok, json }) => {
    const bytes = payload(300_000);
    const file = join(folder, 'file.bin');
    writeFileSync(file, bytes, { mode: 0o640 });
    utimesSync(file, 1_000_000_000, 1_000_000_000);
    t.is(await ok('put', volume, file), 'Put /file.bin (293 KiB).\n');
    t.is(await ok('ls', volume), 'file.bin\n');
    const [listed] = (await json('ls', volume)) as Listed[];
    t.like(listed, { name: 'file.bin', path: '/file.bin', type: 'file', mode: '0640' });
    t.is(listed?.size, 300_000);
    t.is(await ok('get', volume, '/file.bin', 'copy.bin'), 'Got copy.bin (293 KiB).\n');
    t.true(readFileSync(join(folder, 'copy.bin')).equals(bytes));
    t.is(statSync(join(folder, 'copy.bin')).mode & 0o777, 0o640);
    t.is(statSync(join(folder, 'copy.bin')).mtimeMs, 1_000_000_000_000);
    const cat = (await json('cat', volume, '/file.bin')) as { base64: string }[];
    t.true(Buffer.from(cat[0]?.base64 ?? '', 'base64').equals(bytes));
  });
});

test('standard input and output', async (t) => {
  await withWorkplace(t, async ({ volume, folder, ok, fails }) => {
    const options = { cwd: folder, input: 'piped in\n' };
    const put = await cabinet(['put', volume, '-', '/piped.txt', '--mode', '600'], options);
    t.is(put.stderr, '');
    t.is(put.stdout, 'Put /piped.txt (9 B).\n');
    t.is(await ok('get', volume, '/piped.txt', '-'), 'piped in\n');
    t.is(await ok('cat', volume, '/piped.txt', '/piped.txt'), 'piped in\npiped in\n');
    t.regex(await ok('ls', volume, '-l'), /^-rw------- .* 9 B .* piped\.txt\n$/);
    t.regex(await fails(2, 'put', volume, '-'), /needs a path/);
  });
});

test('put and get keep what is there unless told otherwise', async (t) => {
  await withWorkplace(t, async ({ volume, folder, ok, fails }) => {
    writeFileSync(join(folder, 'a'), 'one');
    await ok('put', volume, 'a');
    writeFileSync(join(folder, 'a'), 'two');
    t.is(
      await fails(1, 'put', volume, 'a'),
      "cabinet: '/a': file already exists\nUse --force to replace it.\n",
    );
    t.is(await ok('cat', volume, '/a'), 'one');
    await ok('put', volume, 'a', '--force', '--quiet');
    t.is(await ok('cat', volume, '/a'), 'two');
    t.regex(await fails(1, 'get', volume, '/a', 'a'), /'a' exists already\nUse --force/);
    await ok('get', volume, '/a', 'a', '-f');
    t.is(await ok('get', volume, '/a', '.', '--force', '-q'), '');
    await ok('mkdir', volume, '/dir');
    await ok('put', volume, 'a', '/dir');
    t.is(await ok('cat', volume, '/dir/a'), 'two');
    t.regex(await fails(1, 'get', volume, '/dir'), /'\/dir': illegal operation on a directory/);
    t.regex(await fails(2, 'put', volume, folder), /is a directory\nUse 'cabinet import'/);
  });
});

test('mkdir, ln, mv, rm', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json, fails }) => {
    await ok('mkdir', volume, '/a', '/b');
    await ok('mkdir', volume, '-p', '/a/x/y', '-m', '700');
    await ok('ln', volume, '-s', 'x/y', '/a/link');
    await ok('ln', volume, '-s', '/nowhere', '/b');
    t.is(
      await ok('ls', volume, '-R'),
      '/:\na\nb\n\n/a:\nlink\nx\n\n/a/x:\ny\n\n/a/x/y:\n\n/b:\nnowhere\n\n',
    );
    const put = await cabinet(['put', volume, '-', '/file'], { input: 'x' });
    t.is(put.status, 0);
    await ok('ln', volume, '/file', '/again');
    const entries = (await json('ls', volume)) as (Listed & { nlink: number })[];
    t.is(entries.find(({ name }) => name === 'again')?.nlink, 2);
    t.is(await ok('mv', volume, '/again', '/b'), 'Moved /again to /b/again.\n');
    t.regex(await fails(1, 'mv', volume, '/file', '/b/again'), /already exists\nUse --force/);
    await ok('mv', volume, '/file', '/b/../file', '--force');
    t.is(await ok('cat', volume, '/file'), 'x', 'a file moved onto itself stays');
    // Both are names of one file; the old one goes all the same.
    await ok('mv', volume, '/file', '/b/again', '--force');
    t.regex(await fails(1, 'rm', volume, '/a'), /illegal operation on a directory\nUse -r/);
    t.regex(await fails(1, 'rm', volume, '/missing'), /'\/missing': no such file or directory/);
    t.regex(await fails(1, 'rm', volume, '-r', '/a', '/missing'), /no such file/);
    t.regex(await ok('ls', volume), /a\n/, 'all or nothing');
    await ok('rm', volume, '-rf', '/a', '/missing');
    t.deepEqual(await json('rm', volume, '-r', '/b'), { removed: ['/b'] });
    t.is(await ok('ls', volume, '-a'), '');
  });
});

test('ls shows what it is asked for', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json, fails }) => {
    await ok('mkdir', volume, '/dir', '/.hidden', '-m', '1755');
    await cabinet(['put', volume, '-', '/dir/bell\u0007'], { input: 'x'.repeat(2048) });
    await ok('ln', volume, '-s', 'dir', '/link');
    t.is(await ok('ls', volume), 'dir\nlink\n');
    t.is(await ok('ls', volume, '-a'), '.hidden\ndir\nlink\n');
    t.regex(await ok('ls', volume, '-l', '/'), /^drwxr-xr-t .* dir\nlrwxrwxrwx .* link -> dir\n$/);
    t.regex(await ok('ls', volume, '-l', '/link'), / 2\.0 KiB .* bell\\x07\n$/);
    t.regex(await ok('ls', volume, '-lb', '/dir'), / 2048 .* bell\\x07\n$/);
    t.regex(await ok('ls', volume, '/dir/bell\u0007'), /^\/dir\/bell\\x07\n$/);
    const all = (await json('ls', volume, '-R', '-a')) as Listed[];
    t.deepEqual(
      all.map(({ path, type }) => `${path} ${type}`),
      ['/.hidden directory', '/dir directory', '/link symlink', '/dir/bell\u0007 file'],
    );
    t.regex(await fails(1, 'ls', volume, '/missing'), /'\/missing': no such file or directory/);
  });
});

test('info, stats and migrate describe a volume', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json }) => {
    const info = (await json('info', volume)) as Record<string, unknown>;
    const schemaVersion = projectFiles('migrations', '.sql').length;
    t.like(info, { path: volume, schemaVersion, pendingMigrations: [], chunkSizeBytes: 65_536 });
    t.regex(String(info.volumeId), /^[0-9a-f]{32}$/);
    t.regex(await ok('info', volume), /Schema +version \d+\n/);
    await cabinet(['put', volume, '-', '/file'], { input: 'x'.repeat(5000) });
    const stats = (await json('stats', volume)) as Record<string, unknown>;
    t.like(stats, { files: 1, directories: 1, bytes: 5000, storedBytes: 5000 });
    t.regex(await ok('stats', volume), /Files +1\n/);
    t.like(await json('migrate', volume, '--dry-run'), {
      from: schemaVersion,
      to: schemaVersion,
      pending: [],
      safetyCopy: null,
    });
    t.deepEqual(await json('migrate', volume), {
      from: schemaVersion,
      to: schemaVersion,
      applied: [],
      safetyCopy: null,
    });
    t.regex(await ok('migrate', volume), /newest schema \(version \d+\)/);
  });
});

test('create takes sizes', async (t) => {
  await withWorkplace(t, async ({ ok, json, fails }) => {
    await ok('create', 'other.cabinet', '--page-size', '4K', '--chunk-size', '1M');
    const info = (await json('info', 'other.cabinet')) as Record<string, unknown>;
    t.like(info, { pageSizeBytes: 4096, chunkSizeBytes: 1_048_576 });
    t.regex(await fails(1, 'create', 'other.cabinet'), /'other.cabinet' exists already/);
    const taken = await fails(1, 'create', 'other.cabinet', '--json');
    t.is((JSON.parse(taken) as { error: { code: string } }).error.code, 'ERR_VOLUME_EXISTS');
    t.regex(await fails(2, 'create', 'x.cabinet', '--page-size', '5'), /pageSizeBytes/);
    t.regex(await fails(2, 'create', 'x.cabinet', '--page-size', 'big'), /A size is a number/);
    t.regex(await fails(4, 'create', 'no/such/folder.cabinet'), /does not exist/);
  });
});

test('check finds nothing in a sound volume, and says so', async (t) => {
  await withWorkplace(t, async ({ volume, ok, json }) => {
    t.regex(await ok('check', volume), /is sound \(/);
    t.regex(await ok('check', volume, '--content'), /is sound, content included \(/);
    t.like((await json('check', volume, '--repair')) as object, { ok: true, problems: [] });
    t.is(await ok('check', volume, '--quiet'), '');
  });
});
