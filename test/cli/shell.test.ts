/** `cabinet shell`, in scripts and at a terminal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CABINET, cabinet, type Workplace, withWorkplace } from './cabinet.js';
import { HAS_TERMINAL, Terminal } from './terminal.js';

const ENDLESS =
  'WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t';

async function fill({ ok, volume }: Workplace): Promise<void> {
  await ok('mkdir', volume, '/docs', '-q');
  await ok('put', volume, CABINET, '/docs/main.js', '-q');
}

test('a query as an argument is answered as a table, CSV, JSON or lines', async (t) => {
  await withWorkplace(t, async (place) => {
    await fill(place);
    const { ok, json, volume } = place;
    const sql = 'SELECT path, nlink FROM files';
    t.is(
      await ok('shell', volume, '-c', sql),
      'path           nlink\n-------------  -----\n/docs/main.js      1\n',
    );
    t.is(await ok('shell', volume, '--csv', '-c', sql), 'path,nlink\n/docs/main.js,1\n');
    t.is(await ok('shell', volume, '--line', '-c', sql), ' path = /docs/main.js\nnlink = 1\n');
    const document = (await json('shell', volume, '-c', sql)) as Record<string, unknown>;
    t.deepEqual(document.columns, ['path', 'nlink']);
    t.deepEqual(document.rows, [{ path: '/docs/main.js', nlink: 1 }]);
    t.is(document.truncated, false);
  });
});

test('statements come from the standard input too', async (t) => {
  await withWorkplace(t, async ({ volume }) => {
    const input = "-- a report\nSELECT 1 AS a;\nSELECT\n';' AS b;\n.mode line\nSELECT 2 AS c";
    const { status, stdout, stderr } = await cabinet(['shell', volume], { input });
    t.deepEqual([status, stderr], [0, '']);
    t.is(stdout, 'a\n-\n1\nb\n-\n;\nc = 2\n');
    const two = await cabinet(['shell', volume, '--json'], {
      input: 'SELECT 1 AS a; SELECT 2 AS a;',
    });
    const rows = two.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).rows);
    t.deepEqual(rows, [[{ a: 1 }], [{ a: 2 }]]);
  });
});

test('the first error ends a script', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    const input = 'SELECT 1 AS a; SELECT nope; SELECT 2 AS b;';
    const { status, stdout, stderr } = await cabinet(['shell', volume, '--csv'], { input });
    t.deepEqual([status, stdout], [2, 'a\n1\n']);
    t.regex(stderr, /no such column: nope/);
    await fails(2, 'shell', volume, '-c', 'DELETE FROM inode');
    await fails(2, 'shell', volume, '-c', '.nonsense');
    await fails(2, 'shell', volume, '-c', '.schema nonsense');
    await fails(2, 'shell', volume, '-c', 'SELECT 1', '--limit', '0');
    await fails(2, 'shell', volume, '-c', 'SELECT 1', '--timeout', 'soon');
    await fails(2, 'shell', volume, '-c', 'SELECT 1', '--csv', '--line');
    await fails(4, 'shell', `${volume}.none`, '-c', 'SELECT 1');
    t.regex(
      await fails(1, 'shell', volume, '-c', ENDLESS, '--timeout', '0.1'),
      /longer than 100 ms/,
    );
  });
});

test('rows that are left out are told by the exit code', async (t) => {
  await withWorkplace(t, async ({ volume, fails }) => {
    const sql = 'VALUES (1), (2), (3)';
    t.regex(await fails(6, 'shell', volume, '-c', sql, '--limit', '2'), /left out/);
    t.is(await fails(6, 'shell', volume, '-c', sql, '--limit', '2', '--quiet'), '');
    t.is(await fails(6, 'shell', volume, '-c', sql, '--limit', '2', '--json'), '');
  });
});

test('commands with a dot tell what there is', async (t) => {
  await withWorkplace(t, async ({ volume, ok }) => {
    t.regex(await ok('shell', volume, '-c', '.help'), /^\.schema NAME/m);
    t.regex(await ok('shell', volume, '-c', '.views'), /^files\n/);
    t.regex(await ok('shell', volume, '-c', '.tables'), /^inode$/m);
    t.regex(await ok('shell', volume, '-c', '.schema files'), /^stored_bytes {2}INTEGER {2}bytes/m);
    t.regex(await ok('shell', volume, '-c', '.schema share'), /^CREATE TABLE "share"/);
    t.is(await ok('shell', volume, '-c', '.limit 7', '-c', '.limit'), '7\n');
    t.is(await ok('shell', volume, '-c', '.timeout 2.5', '-c', '.timeout'), '2.5\n');
    t.is(
      await ok('shell', volume, '-c', '.mode csv', '-c', '.mode', '-c', '.quit', '-c', '.help'),
      'csv\n',
    );
  });
});

test('Ctrl-C ends a script', async (t) => {
  await withWorkplace(t, async ({ volume }) => {
    const { status } = await cabinet(['shell', volume, '-c', ENDLESS], { timeoutMs: 3000 });
    // `timeoutMs` sends SIGTERM, which is taken as Ctrl-C is.
    t.is(status, 130);
  });
});

const atTerminal = HAS_TERMINAL ? test : test.skip;

atTerminal('at a terminal: lines, completion, Ctrl-C, Ctrl-D and history', async (t) => {
  await withWorkplace(t, async (place) => {
    await fill(place);
    const history = join(place.folder, 'history');
    const terminal = new Terminal([process.execPath, CABINET, 'shell', place.volume], {
      CABINET_HISTORY: history,
    });
    await terminal.sees('cabinet> ');
    terminal.type('SELECT path\r');
    await terminal.sees('...> ');
    terminal.type('FROM fil\t');
    await terminal.sees('files');
    terminal.type(';\r');
    await terminal.sees('/docs/main.js');
    await terminal.sees('1 row (');
    await terminal.sees('cabinet> ');
    terminal.type(`${ENDLESS};\r`);
    await terminal.sees('FROM t;');
    terminal.type('\u0003');
    await terminal.sees('interrupted');
    await terminal.sees('cabinet> ');
    terminal.type('SELECT rubbish\u0003');
    await terminal.sees('^C');
    terminal.type('SELECT nope;\r');
    await terminal.sees('no such column: nope');
    await terminal.sees('cabinet> ');
    terminal.type('\u0004');
    t.is(await terminal.ended, 0);
    const kept = readFileSync(history, 'utf8').split('\n');
    t.deepEqual(kept, ['SELECT path', 'FROM files;', `${ENDLESS};`, 'SELECT nope;', '']);
  });
});

atTerminal('what a name holds does not reach the terminal', async (t) => {
  await withWorkplace(t, async ({ volume, ok }) => {
    await ok('mkdir', volume, '/\u001B[31mred', '-q');
    const terminal = new Terminal([process.execPath, CABINET, 'shell', volume], {
      CABINET_HISTORY: '',
    });
    await terminal.sees('cabinet> ');
    terminal.type('SELECT path FROM directories;\r');
    await terminal.sees('\\x1b[31mred');
    t.false(terminal.shown.includes('\u001B[31m'));
    terminal.type('.quit\r');
    t.is(await terminal.ended, 0);
  });
});
