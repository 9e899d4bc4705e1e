/** One batch: what fails fails alone, and nothing of it stays. */
import test, { type ExecutionContext } from 'ava';
import { errno } from '#src/core/errno.js';
import { openVolume } from '#src/index.js';
import { databaseOf, sqliteError, withFault } from '../support/statement-faults.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import {
  command,
  job,
  mkdir,
  transaction,
  WriterInProcess,
  whenNaming,
  whenRunning,
  writeFile,
} from './writer-in-process.js';

async function withWriter(
  t: ExecutionContext,
  names: readonly string[],
  fn: (own: WriterInProcess) => void | Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder);
    try {
      await fn(own);
    } finally {
      await own.writer.close();
    }
    await using volume = await openVolume(own.path);
    t.deepEqual(await volume.fs.promises.readdir('/'), names as never);
    await assertVolumeSound(volume);
  });
}

function codes(results: readonly unknown[]): unknown[] {
  return results.map((result) => (result as { code?: unknown } | null)?.code ?? 'ok');
}

test('a command that fails its checks fails alone', async (t) => {
  await withWriter(t, ['a', 'b'], (own) => {
    const results = own.run(
      job(writeFile('/a', 'a')),
      job(command('unlink', ['/missing'])),
      job(mkdir('/a')),
      job(writeFile('/b', 'b')),
    );
    t.deepEqual(codes(results), ['ok', 'ENOENT', 'EEXIST', 'ok']);
  });
});

test('a transaction that fails at a later step leaves nothing, its neighbours stand', async (t) => {
  await withWriter(t, ['after', 'before'], (own) => {
    const results = own.run(
      job(writeFile('/before', '')),
      transaction(mkdir('/tree'), writeFile('/tree/x', 'x'), command('unlink', ['/missing'])),
      job(writeFile('/after', '')),
    );
    t.deepEqual(codes(results), ['ok', 'ENOENT', 'ok']);
    t.like(results[1], { step: 2 });
    const named = own.changes.flatMap((change) => ('name' in change ? [change.name] : []));
    t.deepEqual(named, ['before', 'after'], 'no event of what was undone');
  });
});

test('a command that fails after a change is undone, the rest is done once', async (t) => {
  await withWriter(t, ['a', 'b'], (own) => {
    own.run(job(writeFile('/a', 'old')));
    own.changes.length = 0;
    const results = withFault(
      whenNaming('bad', () => errno('EIO')),
      () =>
        own.run(
          job(command('write', ['/a', null], '+1')),
          job(writeFile('/bad', 'never')),
          job(writeFile('/b', 'b')),
          job(command('write', ['/a', null], '+2')),
        ),
    );
    t.deepEqual(codes(results), ['ok', 'EIO', 'ok', 'ok']);
    t.is(own.writer.failure, undefined);
    t.is(own.changes.filter(({ type }) => type === 'create').length, 1);
    const size = databaseOf(own.path).prepare(
      'SELECT size FROM inode i JOIN dentry d USING (ino) WHERE name = ?',
    );
    t.is(size.pluck().get('a'), 'old+1+2'.length);
    t.is(size.get('bad'), undefined);
  });
});

test('a file that a failing command had opened is not held', async (t) => {
  await withWriter(t, ['a'], (own) => {
    const create = [0o102, { mode: 0o644, uid: 0, gid: 0 }];
    const results = withFault(
      whenNaming('bad', () => errno('EIO')),
      () =>
        own.run(
          transaction(command('open', ['/good', ...create]), command('open', ['/bad', ...create])),
          job(command('open', ['/a', ...create])),
        ),
    );
    t.like(results[0], { code: 'EIO', step: 1 });
    t.is(own.writer.openFiles.size, 1);
  });
});

test('a full disk in one command is ENOSPC for that one', async (t) => {
  await withWriter(t, ['a', 'b'], (own) => {
    const results = withFault(
      whenNaming('bad', () => sqliteError('SQLITE_FULL')),
      () => own.run(job(writeFile('/a', '')), job(writeFile('/bad', '')), job(writeFile('/b', ''))),
    );
    t.deepEqual(codes(results), ['ok', 'ENOSPC', 'ok']);
    t.is(own.writer.failure, undefined);
  });
});

test('a database that may not grow refuses big content and takes small', async (t) => {
  await withWriter(t, ['a', 'b'], (own) => {
    const database = databaseOf(own.path);
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages + 4}`);
    const results = own.run(
      job(writeFile('/a', 'small')),
      job(writeFile('/big', 'x'.repeat(1_000_000))),
      transaction(mkdir('/tree'), writeFile('/tree/big', 'x'.repeat(1_000_000))),
      job(writeFile('/b', 'small')),
    );
    t.deepEqual(codes(results), ['ok', 'ENOSPC', 'ENOSPC', 'ok']);
    const alone = own.run(job(writeFile('/big', 'x'.repeat(1_000_000))));
    t.deepEqual(codes(alone), ['ENOSPC']);
    t.is(own.writer.failure, undefined);
  });
});

test('a lock that stays refuses the whole batch after one round of waiting', async (t) => {
  await withWriter(t, ['after'], (own) => {
    let attempts = 0;
    const busy = whenRunning('BEGIN IMMEDIATE', () => {
      attempts += 1;
      return sqliteError('SQLITE_BUSY');
    });
    const jobs = Array.from({ length: 50 }, (_, index) => job(writeFile(`/${index}`, '')));
    const results = withFault(busy, () => own.run(...jobs));
    t.deepEqual(new Set(codes(results)), new Set(['ERR_VOLUME_BUSY']));
    t.is(results.length, 50);
    t.is(attempts, 3);
    t.deepEqual(codes(own.run(job(writeFile('/after', '')))), ['ok']);
  });
});

test('after a commit with an unknown outcome nothing more is written', async (t) => {
  await withWriter(t, ['before'], async (own) => {
    own.run(job(writeFile('/before', '')));
    const broken = whenRunning('COMMIT', () => sqliteError('SQLITE_IOERR_FSYNC'));
    const results = withFault(broken, () =>
      own.run(job(writeFile('/a', '')), job(writeFile('/b', ''))),
    );
    t.deepEqual(codes(results), ['ERR_WRITER_FAILED', 'ERR_WRITER_FAILED']);
    t.deepEqual(codes(own.run(job(writeFile('/c', '')))), ['ERR_WRITER_FAILED']);
    t.deepEqual(
      own.failures.map(({ code }) => code),
      ['ERR_WRITER_FAILED'],
    );
    t.is(own.gauges.get('failed'), 1);
    t.false(own.writer.hasIdleWork);
    await t.throwsAsync(async () => own.writer.sync(), { code: 'ERR_WRITER_FAILED' });
    await t.throwsAsync(async () => own.writer.checkpoint('passive'), {
      code: 'ERR_WRITER_FAILED',
    });
  });
});

test('an error that is nobody’s answer stops the writer', async (t) => {
  await withWriter(t, [], (own) => {
    const results = withFault(
      whenNaming('a', () => new TypeError('a bug')),
      () => own.run(job(writeFile('/a', '')), job(writeFile('/b', ''))),
    );
    t.deepEqual(codes(results), ['ERR_WRITER_FAILED', 'ERR_WRITER_FAILED']);
    t.deepEqual(codes(own.run(job(writeFile('/c', '')))), ['ERR_WRITER_FAILED']);
  });
});

for (const code of ['SQLITE_FULL', 'SQLITE_BUSY']) {
  test(`${code} while deleting an orphan does not stop the writer`, async (t) => {
    await withWriter(t, ['after'], (own) => {
      own.run(job(writeFile('/big', 'x'.repeat(8_000_000))));
      own.run(job(command('unlink', ['/big'])));
      t.true(own.writer.hasIdleWork);
      withFault(
        whenRunning('COMMIT', () => sqliteError(code)),
        () => own.idle(),
      );
      t.is(own.writer.failure, undefined);
      t.deepEqual(codes(own.run(job(writeFile('/after', '')))), ['ok']);
      const orphans = databaseOf(own.path).prepare('SELECT count(*) FROM orphan').pluck();
      t.is(orphans.get(), 1);
      own.run(job(writeFile('/next', '')), job(command('unlink', ['/next'])));
    });
  });
}
