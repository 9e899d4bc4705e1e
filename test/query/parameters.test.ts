/** Values on their way into a query and out of it. */
import { Buffer } from 'node:buffer';
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('values keep their type both ways', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const values = [1, -1.5, 0, 2 ** 53 - 1, 2n ** 53n, -(2n ** 63n), 'text ü 😀', '', null];
    for (const value of values) {
      const { rows } = await volume.query('SELECT ? AS value', [value]);
      t.deepEqual(rows, [{ value }], String(value));
    }
    const { rows } = await volume.query('SELECT ? AS value', [new Uint8Array([1, 0, 255])]);
    t.true(Buffer.isBuffer(rows[0]?.value));
    t.deepEqual(rows, [{ value: Buffer.from([1, 0, 255]) }]);
  });
});

test('whole numbers are integers, dates and booleans are as SQL has them', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const sql = 'SELECT typeof(?1), ?1 / 2, ?2, typeof(?3), ?4';
    const date = new Date('2026-01-02T03:04:05.678Z');
    const { rows } = await volume.query(sql, [7, true, 1.5, date], { rowMode: 'array' });
    t.deepEqual(rows as unknown[], [['integer', 3, 1, 'real', date.toISOString()]]);
  });
});

test('a date compares with the times of the views', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/old', '');
    await volume.fs.promises.utimes('/old', 1000, 1000);
    await volume.fs.promises.writeFile('/new', '');
    const sql = 'SELECT name FROM files WHERE mtime >= :since';
    const { rows } = await volume.query(sql, { since: new Date(Date.now() - 86_400_000) });
    t.deepEqual(rows, [{ name: 'new' }]);
  });
});

test('parameters by name', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { rows } = await volume.query('SELECT :a + @b + $c AS sum', { a: 1, b: 2, c: 3 });
    t.deepEqual(rows, [{ sum: 6 }]);
  });
});

test('parameters that do not fit are refused', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const wrong: readonly (readonly [sql: string, parameters: unknown])[] = [
      ['SELECT ?', undefined],
      ['SELECT ?', []],
      ['SELECT ?', [1, 2]],
      ['SELECT :a', { b: 1 }],
      ['SELECT ?', { a: 1 }],
      ['SELECT ?', [undefined]],
      ['SELECT ?', [{}]],
      ['SELECT ?', [() => 1]],
      ['SELECT ?', [Number.NaN]],
      ['SELECT ?', [2n ** 63n]],
      ['SELECT ?', [new Date(Number.NaN)]],
      ['SELECT ?', 'text'],
      ['SELECT ?', null],
      ['SELECT ?', new Map()],
    ];
    for (const [sql, parameters] of wrong) {
      const asked = volume.query(sql, parameters as never);
      await t.throwsAsync(asked, { code: 'ERR_QUERY_INVALID' }, `${sql} ${String(parameters)}`);
    }
    await t.throwsAsync(volume.query(7 as never), { code: 'ERR_QUERY_INVALID' });
    await t.throwsAsync(volume.query(`SELECT 1${' '.repeat(1_000_000)}`), {
      code: 'ERR_QUERY_INVALID',
    });
  });
});

test('two columns of one name need the form of arrays', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const sql = 'SELECT 1 AS a, 2 AS a';
    await t.throwsAsync(volume.query(sql), { code: 'ERR_QUERY_INVALID' });
    const { columns, rows } = await volume.query(sql, [], { rowMode: 'array' });
    t.deepEqual([columns, rows] as unknown[], [['a', 'a'], [[1, 2]]]);
  });
});

test('a column may have any name', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { rows } = await volume.query('SELECT 1 AS "__proto__", 2 AS ""');
    t.deepEqual(Object.entries(rows[0] ?? {}), [
      ['__proto__', 1],
      ['', 2],
    ]);
  });
});

test('options are checked', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const wrong = [
      { rowsMax: 0 },
      { rowsMax: 1.5 },
      { bytesMax: -1 },
      { timeoutMs: '1' },
      { timeoutMs: 2 ** 31 },
      { rowMode: 'rows' },
      { signal: {} },
    ];
    for (const options of wrong) {
      const asked = volume.query('SELECT 1', [], options as never);
      await t.throwsAsync(asked, { code: 'ERR_OPTION_INVALID' }, JSON.stringify(options));
    }
    const misspelt = volume.query('SELECT 1', [], { maxRows: 1 } as never);
    await t.throwsAsync(misspelt, { code: 'ERR_OPTION_UNKNOWN' });
    await t.throwsAsync(volume.query('SELECT 1', [], null as never), {
      code: 'ERR_OPTION_INVALID',
    });
  });
});
