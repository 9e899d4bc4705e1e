/** Numbers of commits: they grow in the order of the commits, over processes and restarts. */
import test from 'ava';
import { openConnection } from '#src/sqlite/connection.js';
import { lastCommitWhenClosed } from '#src/store/commit-numbers.js';
import { withFolder } from '../support/temporary-volume.js';
import { job, mkdir, transaction, WriterInProcess, writeFile } from './writer-in-process.js';

function commitOf({ gauges }: WriterInProcess): number {
  return gauges.get('commit');
}

function write(stage: WriterInProcess, content: string): number {
  stage.run(job(writeFile('/f', content)));
  return commitOf(stage);
}

function lastWhenClosed(path: string): number | null {
  const connection = openConnection(path, { role: 'reader', cacheBytes: 65_536, busyTimeoutMs: 0 });
  try {
    return lastCommitWhenClosed(connection);
  } finally {
    connection.close();
  }
}

test('each batch that changes something has the next number, also past the end of a block', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    let last = commitOf(stage);
    t.true(last > 0);
    for (let round = 0; round < 1100; round += 1) {
      const commit = write(stage, `round ${round}`);
      t.is(commit, last + 1);
      last = commit;
    }
    await stage.writer.close();
  });
});

test('a batch that changes nothing, or is undone, uses up no number', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    const before = write(stage, 'x');
    t.deepEqual(stage.run(job(mkdir('/f'))), [{ code: 'EEXIST' }]);
    t.is(commitOf(stage), before);
    const [failure] = stage.run(transaction(mkdir('/d'), mkdir('/f')));
    t.like(failure, { code: 'EEXIST' });
    t.true(write(stage, 'y') > before);
    await stage.writer.close();
  });
});

test('after a clean close the volume tells the last number, and goes on from there', async (t) => {
  await withFolder(async (folder) => {
    const first = new WriterInProcess(folder);
    const last = write(first, 'x');
    t.is(lastWhenClosed(first.path), null, 'open for writing');
    await first.writer.close();
    t.is(lastWhenClosed(first.path), last + 1, 'leaving is a commit, too');
    const second = new WriterInProcess(folder);
    t.is(commitOf(second), last + 2, 'so is entering');
    await second.writer.close();
  });
});

test('after a crash numbers are above all that may have been used', async (t) => {
  await withFolder(async (folder) => {
    const killed = new WriterInProcess(folder);
    const last = write(killed, 'x');
    // It is open still; to the next one it is as if it had been killed.
    const next = new WriterInProcess(folder);
    t.true(commitOf(next) > last);
    await next.writer.close();
    await killed.writer.close();
  });
});

test('two processes that take turns number their commits in order', async (t) => {
  await withFolder(async (folder) => {
    const one = new WriterInProcess(folder);
    const two = new WriterInProcess(folder);
    const numbers: number[] = [];
    for (const turn of [one, one, two, one, two, two, two, one, one, two]) {
      numbers.push(write(turn, `${numbers.length}`));
    }
    t.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    await one.writer.close();
    const last = write(two, 'last');
    await two.writer.close();
    t.is(lastWhenClosed(two.path), last + 1);
  });
});

test('the newest 64 records of each kind are kept', async (t) => {
  await withFolder(async (folder) => {
    const { writer, path } = new WriterInProcess(folder);
    for (let round = 1; round <= 70; round += 1) {
      const entry = { startedMs: round, endedMs: round + 0.7, ok: round % 2 === 0 };
      writer.record({ kind: 'backup', ...entry, detail: { round } });
    }
    writer.record({ kind: 'check', startedMs: 1, endedMs: 2, ok: false, detail: {} });
    await writer.close();
    const { openVolume } = await import('#src/index.js');
    await using volume = await openVolume(path, { readOnly: true });
    const backups = volume.records('backup', 1000);
    t.is(backups.length, 64);
    t.like(backups[0], { startedMs: 70, endedMs: 70, ok: true, detail: { round: 70 } });
    t.like(backups[63], { startedMs: 7, ok: false });
    t.deepEqual(
      volume.records('check').map(({ ok, detail }) => [ok, detail.by]),
      [
        [false, undefined],
        [true, 'creation'],
      ],
    );
    t.is(volume.records(undefined, 3).length, 3);
    t.throws(() => volume.records('else' as never), { code: 'ERR_OPTION_INVALID' });
    t.throws(() => volume.records('check', -1), { code: 'ERR_OPTION_INVALID' });
  });
});
