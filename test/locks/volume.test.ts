/** `volume.lock` in one process: modes, order, aborting, what the lock is of, and how it ends. */
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { FsError, type Lock, type LockOptions, openVolume } from '#src/index.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const NOW: LockOptions = { wait: false };
const SHARED: LockOptions = { mode: 'shared' };
const SHARED_NOW: LockOptions = { mode: 'shared', wait: false };

async function withFile(
  t: ExecutionContext,
  fn: (volume: Volume, file: string) => Promise<void>,
  options: OpenOptions = {},
): Promise<void> {
  await withVolume(t, options, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/file', 'content');
    await fn(volume, file);
  });
}

/** Asks for a lock that is not free; the claim is in the line when this resolves. */
async function inLine(
  volume: Volume,
  options?: LockOptions,
): Promise<{ readonly granted: Promise<Lock> }> {
  const before = waiters(volume);
  const granted = volume.lock('/file', options);
  granted.catch(() => undefined);
  await until('the claim is in the line', () => waiters(volume) > before);
  return { granted };
}

function waiters(volume: Volume): number {
  const database = new Database(volume.path, { readonly: true });
  try {
    return database.prepare('SELECT count(*) FROM lock_wait').pluck().get() as number;
  } finally {
    database.close();
  }
}

test('an exclusive lock keeps every other out, shared ones keep exclusive ones out', async (t) => {
  await withFile(t, async (volume) => {
    const exclusive = await volume.lock('/file');
    t.is(exclusive.mode, 'exclusive');
    t.is(exclusive.path, '/file');
    for (const options of [NOW, SHARED_NOW]) {
      await t.throwsAsync(volume.lock('/file', options), { code: 'EAGAIN' });
    }
    await exclusive.release();
    t.true(exclusive.released);
    const shared = [await volume.lock('/file', SHARED), await volume.lock('/file', SHARED_NOW)];
    await t.throwsAsync(volume.lock('/file', NOW), { code: 'EAGAIN' });
    for (const lock of shared) await lock.release();
    const again = await volume.lock('/file', NOW);
    await again.release();
  });
});

test('a lock is released by leaving the block that uses it', async (t) => {
  await withFile(t, async (volume) => {
    {
      await using lock = await volume.lock('/file');
      t.false(lock.released);
    }
    await using lock = await volume.lock('/file', NOW);
    t.false(lock.released);
  });
});

test('releasing twice is releasing once', async (t) => {
  await withFile(t, async (volume) => {
    const lock = await volume.lock('/file');
    await Promise.all([lock.release(), lock.release()]);
    const next = await volume.lock('/file', NOW);
    await lock.release();
    await t.throwsAsync(volume.lock('/file', NOW), { code: 'EAGAIN' });
    await next.release();
  });
});

test('who waits gets the lock in the order of asking, shared ones together', async (t) => {
  await withFile(t, async (volume) => {
    const first = await volume.lock('/file', SHARED);
    const waiting: Promise<Lock>[] = [];
    const order: string[] = [];
    const names = ['exclusive', 'shared', 'shared', 'exclusive'];
    for (const mode of names as ('shared' | 'exclusive')[]) {
      const { granted } = await inLine(volume, { mode });
      waiting.push(granted);
      void granted.then(() => order.push(mode));
    }
    await t.throwsAsync(volume.lock('/file', SHARED_NOW), { code: 'EAGAIN' });
    await first.release();
    await (await waiting[0])?.release();
    const [one, two] = await Promise.all([waiting[1], waiting[2]]);
    t.deepEqual(order, ['exclusive', 'shared', 'shared']);
    await Promise.all([one?.release(), two?.release()]);
    await (await waiting[3])?.release();
    t.deepEqual(order, names);
  });
});

test('a lock makes no difference to its file', async (t) => {
  await withFile(t, async (volume) => {
    const { promises } = volume.fs;
    const [before, version] = [await promises.stat('/file'), await volume.version('/file')];
    const lock = await volume.lock('/file');
    t.is(await promises.readFile('/file', 'utf8'), 'content', 'advisory: it binds locks only');
    await lock.release();
    t.deepEqual(await promises.stat('/file'), before);
    t.is(await volume.version('/file'), version);
  });
});

test('the lock is of the file and not of its name', async (t) => {
  await withFile(t, async (volume) => {
    const { promises } = volume.fs;
    await promises.symlink('file', '/link');
    await promises.link('/file', '/second');
    await promises.mkdir('/dir');
    const lock = await volume.lock('/link');
    t.is(lock.path, '/link');
    for (const path of ['/file', '/second', Buffer.from('/file')]) {
      await t.throwsAsync(volume.lock(path, NOW), { code: 'EAGAIN' });
    }
    await promises.rename('/file', '/dir/moved');
    await t.throwsAsync(volume.lock('/dir/moved', NOW), { code: 'EAGAIN' });
    const directory = await volume.lock('/dir', NOW);
    await promises.writeFile('/file', 'another');
    const another = await volume.lock('/file', NOW);
    for (const held of [lock, directory, another]) await held.release();
  });
});

test('a locked file that loses its last name is kept until it is released', async (t) => {
  await withFile(t, async (volume) => {
    const { promises } = volume.fs;
    const lock = await volume.lock('/file');
    const { granted } = await inLine(volume);
    await promises.unlink('/file');
    await t.throwsAsync(volume.lock('/file'), { code: 'ENOENT' });
    t.is((await volume.stats()).orphans, 1);
    await promises.writeFile('/file', 'new');
    const other = await volume.lock('/file', NOW);
    await lock.release();
    const next = await granted;
    t.is((await volume.stats()).orphans, 1, 'who waited holds it now');
    await next.release();
    await until('the orphan is deleted', async () => (await volume.stats()).orphans === 0);
    await other.release();
  });
});

test('errors have the syscall and the path as given', async (t) => {
  await withFile(t, async (volume) => {
    const missing = await t.throwsAsync(volume.lock('/missing'), { instanceOf: FsError });
    t.is(missing?.message, "ENOENT: no such file or directory, lock '/missing'");
    t.like(missing, { code: 'ENOENT', errno: -2, syscall: 'lock', path: '/missing' });
    const below = await t.throwsAsync(volume.lock('/file/below'), { code: 'ENOTDIR' });
    t.like(below, { syscall: 'lock', path: '/file/below' });
    const held = await volume.lock('/file');
    const taken = await t.throwsAsync(volume.lock('/file', NOW), { instanceOf: FsError });
    t.is(taken?.message, "EAGAIN: resource temporarily unavailable, lock '/file'");
    await held.release();
  });
});

test('wrong arguments are refused and hold nothing', async (t) => {
  await withFile(t, async (volume) => {
    const wrong: readonly [options: unknown, code: string, text: RegExp][] = [
      [{ mode: 'read' }, 'ERR_OPTION_INVALID', /'shared' or 'exclusive', got 'read'/],
      [{ wait: 1 }, 'ERR_OPTION_INVALID', /true or false, got 1/],
      [{ mod: 'shared' }, 'ERR_OPTION_UNKNOWN', /Did you mean 'mode'/],
      [null, 'ERR_OPTION_INVALID', /an object/],
      ['shared', 'ERR_OPTION_INVALID', /an object, got 'shared'/],
      [{ signal: 'now' }, 'ERR_INVALID_ARG_TYPE', /options.signal/],
    ];
    for (const [options, code, text] of wrong) {
      await t.throwsAsync(volume.lock('/file', options as never), { code, message: text });
    }
    await t.throwsAsync(volume.lock(5 as never), { code: 'ERR_INVALID_ARG_TYPE' });
    await t.throwsAsync(volume.lock('/a\0'), { code: 'ERR_INVALID_ARG_VALUE' });
    await (await volume.lock('/file', NOW)).release();
  });
});

test('a signal ends the waiting, before and during; those behind are not held up', async (t) => {
  await withFile(t, async (volume) => {
    await t.throwsAsync(volume.lock('/file', { signal: AbortSignal.abort('early') }), {
      code: 'ABORT_ERR',
    });
    const held = await volume.lock('/file', SHARED);
    const abort = new AbortController();
    const exclusive = await inLine(volume, { signal: abort.signal });
    const behind = await inLine(volume, SHARED);
    abort.abort('late');
    const error = await t.throwsAsync(exclusive.granted, { code: 'ABORT_ERR' });
    t.is(error?.cause, 'late');
    await (await behind.granted).release();
    await held.release();
    await (await volume.lock('/file', NOW)).release();
  });
});

test('an abort at any moment leaves nothing behind', async (t) => {
  await withFile(t, async (volume) => {
    let aborted = 0;
    for (let round = 0; round < 60; round += 1) {
      const held = await volume.lock('/file');
      const abort = new AbortController();
      const waiting = volume.lock('/file', { signal: abort.signal }).then(
        (lock) => lock.release(),
        (error: { code: string }) => {
          t.is(error.code, 'ABORT_ERR');
          aborted += 1;
        },
      );
      for (let wait = 0; wait < round % 20; wait += 1) await turn();
      const released = held.release();
      for (let wait = 0; wait < round % 3; wait += 1) await turn();
      abort.abort();
      await Promise.all([released, waiting]);
      await (await volume.lock('/file', NOW)).release();
    }
    t.true(aborted > 0);
    t.is(waiters(volume), 0);
  });
});

test('a signal that fires later does nothing', async (t) => {
  await withFile(t, async (volume) => {
    const abort = new AbortController();
    const lock = await volume.lock('/file', { signal: abort.signal });
    abort.abort();
    await turn();
    await t.throwsAsync(volume.lock('/file', NOW), { code: 'EAGAIN' });
    await lock.release();
  });
});

test('closing the volume gives up its locks and ends the waiting for them', async (t) => {
  await withFile(t, async (volume, file) => {
    const second = await openVolume(file);
    const lock = await second.lock('/file');
    const own = await inLine(second);
    const elsewhere = await inLine(volume);
    const closing = second.close();
    await t.throwsAsync(own.granted, { code: 'ERR_VOLUME_CLOSED' });
    await closing;
    await t.notThrowsAsync(lock.release());
    t.true(lock.released);
    await (await elsewhere.granted).release();
    await t.throwsAsync(second.lock('/file'), { code: 'ERR_VOLUME_CLOSED' });
  });
});

test('two openings of a volume in one process keep each other out', async (t) => {
  await withFile(t, async (volume, file) => {
    const second = await openVolume(file);
    const lock = await volume.lock('/file');
    await t.throwsAsync(second.lock('/file', NOW), { code: 'EAGAIN' });
    const next = second.lock('/file');
    await lock.release();
    await (await next).release();
    await second.close();
  });
});

test('a volume that is open for reading only has no locks', async (t) => {
  await withFile(t, async (_volume, file) => {
    await using reading = await openVolume(file, { readOnly: true });
    for (const options of [SHARED, NOW]) {
      const error = await t.throwsAsync(reading.lock('/file', options), { code: 'EROFS' });
      t.like(error, { syscall: 'lock', path: '/file' });
    }
  });
});

test('a lock counts as an open file', async (t) => {
  await withFile(
    t,
    async (volume) => {
      const locks = [await volume.lock('/file', SHARED), await volume.lock('/', SHARED)];
      await t.throwsAsync(volume.lock('/file', SHARED), { code: 'EMFILE' });
      await locks[0]?.release();
      await t.throwsAsync(volume.lock('/missing'), { code: 'ENOENT' });
      locks[0] = await volume.lock('/file', SHARED);
      for (const lock of locks) await lock.release();
    },
    { handlesMax: 2 },
  );
});

test('a lock is given up after the writes that were asked for before', async (t) => {
  await withFile(t, async (volume) => {
    const { promises } = volume.fs;
    const lock = await volume.lock('/file');
    const writes = Array.from({ length: 200 }, (_, index) =>
      promises.appendFile('/log', `${index}\n`),
    );
    const released = lock.release();
    const next = await volume.lock('/file');
    const lines = (await promises.readFile('/log', 'utf8')).toString().trimEnd().split('\n');
    t.is(lines.length, 200);
    await Promise.all([...writes, released]);
    await next.release();
  });
});

test('a full queue does not keep a lock from being given up', async (t) => {
  await withFile(
    t,
    async (volume) => {
      const lock = await volume.lock('/file');
      const writes = Array.from({ length: 8 }, (_, index) =>
        volume.fs.promises.writeFile(`/${index}`, 'x'),
      );
      const settled = Promise.allSettled(writes);
      await lock.release();
      t.true((await settled).some(({ status }) => status === 'rejected'));
      await (await volume.lock('/file', NOW)).release();
    },
    { queueCommandsMax: 2, queuePolicy: 'reject' },
  );
});

test('a lock that another process has taken away is said to be lost', async (t) => {
  await withFile(t, async (volume, file) => {
    const lock = await volume.lock('/file');
    const { granted } = await inLine(volume);
    const database = new Database(file);
    database.pragma('foreign_keys = ON');
    database.exec('DELETE FROM session');
    database.close();
    const error = await t.throwsAsync(lock.release(), { code: 'ERR_LOCK_LOST' });
    t.regex(error?.message ?? '', /'\/file'/);
    t.true(lock.released);
    await (await granted).release();
    await t.throwsAsync(lock.release(), { code: 'ERR_LOCK_LOST' });
  });
});

test('locks and those who wait are counted', async (t) => {
  await withFile(t, async (volume) => {
    const lock = await volume.lock('/file');
    const { granted } = await inLine(volume);
    const { locks, lockWaiters } = await volume.stats();
    t.deepEqual({ locks, lockWaiters }, { locks: 1, lockWaiters: 1 });
    await until('the writer has counted', () => volume.counters().writer?.lockWaiters === 1);
    t.is(volume.counters().writer?.locks, 1);
    await lock.release();
    await (await granted).release();
    await until('the writer has counted', () => volume.counters().writer?.locks === 0);
  });
});

test('hundreds of callers take turns at one lock', async (t) => {
  await withFile(t, async (volume) => {
    let inside = 0;
    let turns = 0;
    await Promise.all(
      Array.from({ length: 400 }, async () => {
        const lock = await volume.lock('/file');
        inside += 1;
        t.is(inside, 1);
        turns += 1;
        await turn();
        inside -= 1;
        await lock.release();
      }),
    );
    t.is(turns, 400);
  });
});
