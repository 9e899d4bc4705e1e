/** Progress, cancellation, limits and the lifetime of a check. */
import test from 'ava';
import { type CheckProgress, INVARIANTS, verifyVolume } from '#src/index.js';
import { type Broken, withBroken } from './broken.js';

const FILES = 20_000;

/** Many files in one statement, all alike. */
async function makeManyFiles({ fs, sql, ino }: Broken, count: number): Promise<void> {
  await fs.mkdir('/many');
  await fs.writeFile('/many/template', 'x');
  const template = await ino('/many/template');
  const many = await ino('/many');
  sql(
    // Far above the numbers that the writer has reserved.
    `INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version,
                        parent, chunks, head, inline_crc32c, inline)
     SELECT 1000000 + k, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version,
            parent, chunks, head, inline_crc32c, inline
     FROM inode, (WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?)
                  SELECT k FROM n)
     WHERE ino = ?`,
    count,
    template,
  );
  sql("UPDATE meta SET value = (SELECT max(ino) + 1 FROM inode) WHERE key = 'next_ino'");
  sql(
    `INSERT INTO dentry (parent, name, ino)
     SELECT ?, 'file-' || ino, ino FROM inode WHERE ino > ?`,
    many,
    template,
  );
}

test('progress grows from nothing to all, phase by phase', (t) =>
  withBroken(async (broken) => {
    const { volume, fs, sql } = broken;
    await fs.writeFile('/f', 'f');
    sql("DELETE FROM dentry WHERE name = 'f'");
    const seen: CheckProgress[] = [];
    const onProgress = (progress: CheckProgress): void => {
      seen.push(progress);
    };
    t.true((await volume.check({ repair: true, onProgress })).ok);
    t.deepEqual([...new Set(seen.map(({ phase }) => phase))], ['check', 'repair', 'recheck']);
    for (const phase of ['check', 'repair', 'recheck']) {
      const steps = seen.filter((progress) => progress.phase === phase);
      t.is(steps[0]?.done, 0);
      t.is(steps.at(-1)?.done, steps.at(-1)?.total);
      t.deepEqual(
        steps.map(({ done }) => done),
        steps.map(({ done }) => done).sort((left, right) => left - right),
      );
    }
    const titles: readonly string[] = [...Object.values(INVARIANTS), 'done'];
    t.true(seen.every(({ step }) => titles.includes(step)));
  }));

test('an abort ends a check at once, and the volume goes on', (t) =>
  withBroken(async (broken) => {
    const { volume, fs } = broken;
    await makeManyFiles(broken, FILES);
    const controller = new AbortController();
    const reason = new Error('enough');
    const check = volume.check({
      content: true,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    const error = await t.throwsAsync(check, { name: 'AbortError', code: 'ABORT_ERR' });
    t.is(error?.cause, reason);
    await t.throwsAsync(volume.check({ signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
    await fs.writeFile('/f', 'f');
    t.true((await volume.check()).ok);
  }));

test('an abort undoes a repair', (t) =>
  withBroken(async (broken) => {
    const { volume, sql, fs } = broken;
    await makeManyFiles(broken, FILES);
    sql('UPDATE inode SET nlink = 5 WHERE mode & 61440 = 32768');
    const controller = new AbortController();
    const check = volume.check({
      repair: true,
      signal: controller.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'repair' && done > 0) controller.abort();
      },
    });
    await t.throwsAsync(check, { code: 'ABORT_ERR' });
    // Behind the repair in the writer's queue.
    await fs.writeFile('/f', 'f');
    t.is((await fs.stat('/many/template')).nlink, 5);
    const { problemsTotal } = await volume.check();
    t.is(problemsTotal, FILES + 1);
    t.true((await volume.check({ repair: true })).ok);
  }));

test('an error of the progress listener ends the check with it', (t) =>
  withBroken(async ({ volume }) => {
    const onProgress = (): never => {
      throw new RangeError('mine');
    };
    await t.throwsAsync(volume.check({ onProgress }), { instanceOf: RangeError });
    t.true((await volume.check()).ok);
  }));

test('problems beyond the limit are counted and not listed', (t) =>
  withBroken(async (broken) => {
    const { volume, sql } = broken;
    await makeManyFiles(broken, 100);
    sql('UPDATE inode SET nlink = 5 WHERE mode & 61440 = 32768');
    const found = await volume.check({ problemsMax: 10 });
    t.is(found.problems.length, 10);
    t.is(found.problemsTotal, 101);
    const repaired = await volume.check({ repair: true, problemsMax: 10 });
    t.true(repaired.ok);
    t.is(repaired.problems.length, 10);
    t.is(repaired.problemsTotal, 101);
    t.true(repaired.problems.every((problem) => problem.repaired));
  }));

test('the event loop turns while a check runs', (t) =>
  withBroken(async (broken) => {
    const { volume } = broken;
    await makeManyFiles(broken, FILES);
    await volume.check();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const { durationMs } = await volume.check({ content: true });
    clearInterval(timer);
    // A check in this thread would not let the timer run once.
    t.true(turns > 1, `${turns} turns in ${durationMs} ms`);
  }));

test('closing ends a check that runs, and a closed volume has none', (t) =>
  withBroken(async (broken) => {
    const { volume } = broken;
    await makeManyFiles(broken, FILES);
    const running = volume.check({ content: true });
    const closed = t.throwsAsync(running, { code: 'ERR_VOLUME_CLOSED' });
    await volume.close();
    await closed;
    await t.throwsAsync(volume.check(), { code: 'ERR_VOLUME_CLOSED' });
    await t.throwsAsync(volume.stats(), { code: 'ERR_VOLUME_CLOSED' });
    t.throws(() => volume.counters(), { code: 'ERR_VOLUME_CLOSED' });
  }));

test('closing undoes a repair that runs', (t) =>
  withBroken(async (broken) => {
    const { volume, sql, file } = broken;
    await makeManyFiles(broken, FILES);
    sql('UPDATE inode SET nlink = 5 WHERE mode & 61440 = 32768');
    let closing: Promise<void> | undefined;
    const check = volume.check({
      repair: true,
      onProgress: ({ phase }) => {
        if (phase === 'repair') closing ??= volume.close();
      },
    });
    await t.throwsAsync(check, { code: 'ERR_VOLUME_CLOSED' });
    await closing;
    t.is((await verifyVolume(file)).problemsTotal, FILES + 1);
  }));

test('more checks than threads wait for each other', (t) =>
  withBroken(
    async ({ volume }) => {
      const checks = Array.from({ length: 5 }, () => volume.check({ content: true }));
      t.is(volume.counters().threads.tasks, 5);
      for (const { ok } of await Promise.all(checks)) t.true(ok);
      t.is(volume.counters().threads.tasks, 0);
    },
    { readerThreadsMax: 1 },
  ));

test('options are validated by name', (t) =>
  withBroken(async ({ volume }) => {
    const check = volume.check.bind(volume) as (options: unknown) => Promise<unknown>;
    await t.throwsAsync(check({ repairs: true }), { code: 'ERR_OPTION_UNKNOWN' });
    for (const options of [
      null,
      5,
      { repair: 1 },
      { content: 'yes' },
      { problemsMax: 0 },
      { problemsMax: 1.5 },
      { onProgress: 'tell me' },
    ]) {
      await t.throwsAsync(check(options), { code: 'ERR_OPTION_INVALID' });
    }
  }));
