/** Limits of a query: time, rows, bytes, memory, number. */
import test from 'ava';
import { QueryProcesses } from '#src/maintenance/query/query-processes.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const ENDLESS = `WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)
  SELECT max(n) FROM t`;
const MEMORY_EATER = `WITH RECURSIVE t (n, x) AS (
    SELECT 1, randomblob(1000) UNION ALL SELECT n + 1, randomblob(1000) FROM t)
  SELECT count(*) FROM (SELECT DISTINCT x FROM t)`;
const NUMBERS = `WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < ?)
  SELECT n FROM t`;

test('a statement that never ends is ended, and the next one runs', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const error = await t.throwsAsync(volume.query(ENDLESS, [], { timeoutMs: 100 }), {
      code: 'ERR_QUERY_TIMEOUT',
    });
    t.regex(error?.message ?? '', /100 ms/);
    t.deepEqual((await volume.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });
});

test('the volume works on while a query runs away', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const controller = new AbortController();
    const running = volume.query(ENDLESS, [], { signal: controller.signal, timeoutMs: 60_000 });
    running.catch(() => undefined);
    for (let count = 0; count < 20; count += 1) {
      await volume.fs.promises.writeFile(`/${count}`, 'x');
    }
    t.deepEqual((await volume.query('SELECT count(*) AS n FROM files')).rows, [{ n: 20 }]);
    controller.abort('enough');
    const error = await t.throwsAsync(running, { code: 'ABORT_ERR' });
    t.is(error?.cause as unknown, 'enough');
  });
});

test('a signal that has fired before is an abort', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const asked = volume.query('SELECT 1', [], { signal: AbortSignal.abort() });
    await t.throwsAsync(asked, { code: 'ABORT_ERR' });
  });
});

test('closing the volume ends what runs and what waits', async (t) => {
  await withVolume(t, { readerThreadsMax: 1 }, async ({ volume }) => {
    const asked = [1, 2, 3].map(() => volume.query(ENDLESS, [], { timeoutMs: 60_000 }));
    const ended = Promise.all(
      asked.map((each) => t.throwsAsync(each, { code: 'ERR_VOLUME_CLOSED' })),
    );
    await volume.close();
    await ended;
    await t.throwsAsync(async () => volume.query('SELECT 1'), { code: 'ERR_VOLUME_CLOSED' });
  });
});

test('rows beyond rowsMax are left out and said so', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (const [count, rows, truncated] of [
      [4, 4, false],
      [5, 5, false],
      [6, 5, true],
    ] as const) {
      const result = await volume.query(NUMBERS, [count], { rowsMax: 5 });
      t.deepEqual([result.rows.length, result.truncated], [rows, truncated]);
    }
    const usual = await volume.query(NUMBERS, [10_001]);
    t.deepEqual([usual.rows.length, usual.truncated], [10_000, true]);
  });
});

test('rows beyond bytesMax are left out; a single row that is too big is an error', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const sql = `WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10)
      SELECT zeroblob(1000) AS data FROM t`;
    const some = await volume.query(sql, [], { bytesMax: 3500 });
    t.deepEqual([some.rows.length, some.truncated], [3, true]);
    const all = await volume.query(sql, [], { bytesMax: 10_000 });
    t.deepEqual([all.rows.length, all.truncated], [10, false]);
    await t.throwsAsync(volume.query(sql, [], { bytesMax: 999 }), { code: 'ERR_QUERY_TOO_BIG' });
    await t.throwsAsync(volume.query("SELECT printf('%.*c', 1000, 'ü')", [], { bytesMax: 1999 }), {
      code: 'ERR_QUERY_TOO_BIG',
    });
  });
});

test('a big result arrives whole and in order', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const limits = { rowsMax: 100_000, timeoutMs: 60_000 };
    const { rows } = await volume.query(NUMBERS, [100_000], { ...limits, rowMode: 'array' });
    t.is(rows.length, 100_000);
    t.true(rows.every(([n], index) => n === index + 1));
  });
});

test('a query that takes too much memory is ended', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const asked = volume.query(MEMORY_EATER, [], { timeoutMs: 120_000 });
    await t.throwsAsync(asked, { code: 'ERR_QUERY_TOO_BIG' });
    t.deepEqual((await volume.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });
});

test('queries beyond readerThreadsMax wait, and not for ever', async (t) => {
  const options = { readerThreadsMax: 1, readerAcquireTimeoutMs: 50 };
  await withVolume(t, options, async ({ volume }) => {
    const controller = new AbortController();
    const first = volume.query(ENDLESS, [], { signal: controller.signal, timeoutMs: 60_000 });
    first.catch(() => undefined);
    await t.throwsAsync(volume.query('SELECT 1'), { code: 'ERR_READERS_EXHAUSTED' });
    controller.abort();
    await t.throwsAsync(first, { code: 'ABORT_ERR' });
  });
});

test('queries that wait are answered in order', async (t) => {
  await withVolume(t, { readerThreadsMax: 1 }, async ({ volume }) => {
    const answered: number[] = [];
    const asked = [1, 2, 3].map(async (n) => {
      await volume.query('SELECT ? AS n', [n]);
      answered.push(n);
    });
    await Promise.all(asked);
    t.deepEqual(answered, [1, 2, 3]);
  });
});

test('a query that waits is given up by its signal', async (t) => {
  await withVolume(t, { readerThreadsMax: 1 }, async ({ volume }) => {
    const [first, second] = [new AbortController(), new AbortController()];
    const running = volume.query(ENDLESS, [], { signal: first.signal, timeoutMs: 60_000 });
    const waiting = volume.query('SELECT 1', [], { signal: second.signal });
    second.abort();
    await t.throwsAsync(waiting, { code: 'ABORT_ERR' });
    first.abort();
    await t.throwsAsync(running, { code: 'ABORT_ERR' });
  });
});

test('the state tells what runs and what waits', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    const processes = new QueryProcesses({ processesMax: 1, acquireTimeoutMs: 60_000 });
    const request = {
      path: file,
      cacheBytes: 1_048_576,
      busyTimeoutMs: 1000,
      verifyReads: false,
      sql: ENDLESS,
      parameters: [],
      rowsMax: 1,
      bytesMax: 1000,
      memoryBytesMax: 2 ** 30,
      timeoutMs: 60_000,
    };
    const controller = new AbortController();
    const running = processes.run(request, controller.signal);
    const waiting = processes.run({ ...request, sql: 'SELECT name FROM files' });
    await until('the query runs', () => processes.state.oldestMs > 0);
    t.like(processes.state, { running: 1, waiting: 1 });
    controller.abort();
    await t.throwsAsync(running, { code: 'ABORT_ERR' });
    t.deepEqual((await waiting).rows, [['file']]);
    t.deepEqual(processes.state, { running: 0, waiting: 0, oldestMs: 0 });
    await processes.close(new Error('closed') as never);
  });
});
