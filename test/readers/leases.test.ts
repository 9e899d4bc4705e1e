/** Read connections: frozen views, their age, and what happens when there are no more. */
import test, { type ExecutionContext } from 'ava';
import type { OpenOptions } from '#src/core/options.js';
import { resolveOptions } from '#src/core/options.js';
import { type Lease, ReaderPool } from '#src/readers/pool.js';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

interface Pooled {
  readonly volume: Volume;
  readonly pool: ReaderPool;
}

async function withPool(
  t: ExecutionContext,
  options: OpenOptions,
  fn: (pooled: Pooled) => Promise<void>,
): Promise<void> {
  await withVolume(t, {}, async ({ volume, file }) => {
    const pool = new ReaderPool(file, resolveOptions(options));
    try {
      await fn({ volume, pool });
    } finally {
      await pool.close(0);
    }
  });
}

function names(lease: Lease): string[] {
  return lease.read((store) => store.dentries.names(1 as never));
}

test('a lease sees the volume as it was when it was taken', async (t) => {
  await withPool(t, {}, async ({ volume, pool }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/a', 'a');
    const lease = await pool.lease();
    await fs.writeFile('/b', 'b');
    await fs.unlink('/a');
    await volume.checkpoint('passive');
    t.deepEqual(names(lease), ['a']);
    t.deepEqual(await pool.read((store) => store.dentries.names(1 as never)), ['b']);
    await lease.release();
    const next = await pool.lease();
    t.deepEqual(names(next), ['b']);
    await next.release();
  });
});

test('a lease that is older than allowed is ended and says so', async (t) => {
  await withPool(t, { snapshotAgeMaxMs: 20 }, async ({ pool }) => {
    const lease = await pool.lease();
    await until('the snapshot to end', () => pool.state.oldestSnapshotMs === 0);
    const error = t.throws(() => names(lease), { message: /20 ms/ });
    t.like(error, { code: 'ERR_SNAPSHOT_EXPIRED' });
    t.truthy((error as { hint?: string }).hint);
    t.is(pool.state.leased, 1, 'its connection comes back with the release');
    await lease.release();
    t.is(pool.state.leased, 0);
    const next = await pool.lease();
    t.deepEqual(names(next), []);
    await next.release();
  });
});

test('the age of the oldest snapshot is told', async (t) => {
  await withPool(t, {}, async ({ pool }) => {
    t.is(pool.state.oldestSnapshotMs, 0);
    const [first, second] = [await pool.lease(), await pool.lease()];
    await first.release();
    t.true(pool.state.oldestSnapshotMs >= 0);
    t.is(pool.state.leased, 1);
    await second.release();
    t.is(pool.state.oldestSnapshotMs, 0);
  });
});

test('when all are out, the next waits for one that comes back', async (t) => {
  await withPool(t, { readersMax: 2 }, async ({ pool }) => {
    const [first, second] = [await pool.lease(), await pool.lease()];
    let taken = false;
    const third = pool.lease().then((lease) => {
      taken = true;
      return lease;
    });
    await until('a caller that waits', () => pool.state.waiting === 1);
    t.false(taken);
    await first.release();
    await (await third).release();
    await second.release();
  });
});

test('when none comes back in time, the caller is told', async (t) => {
  await withPool(t, { readersMax: 1, readerAcquireTimeoutMs: 30 }, async ({ pool }) => {
    const lease = await pool.lease();
    const error = await t.throwsAsync(pool.lease(), { message: /30 ms/ });
    t.like(error, { code: 'ERR_READERS_EXHAUSTED' });
    t.truthy((error as { hint?: string }).hint);
    await lease.release();
    await (await pool.lease()).release();
  });
});

test('releasing twice is releasing once', async (t) => {
  await withPool(t, { readersMax: 1 }, async ({ pool }) => {
    const lease = await pool.lease();
    await Promise.all([lease.release(), lease.release()]);
    await lease.release();
    t.is(pool.state.leased, 0);
    await (await pool.lease()).release();
  });
});

test('no transaction stays open on a connection that came back', async (t) => {
  await withPool(t, { readersMax: 1 }, async ({ volume, pool }) => {
    for (let round = 0; round < 5; round += 1) {
      const lease = await pool.lease();
      t.is(names(lease).length, round);
      if (round % 2 === 0) {
        t.throws(() =>
          lease.read(() => {
            throw new Error('a read that fails');
          }),
        );
      }
      await lease.release();
      await volume.fs.promises.writeFile(`/${round}`, '');
      const { busy } = await volume.checkpoint('truncate');
      t.false(busy, 'nobody keeps an old view');
    }
  });
});

test('closing ends leases that did not come back, and they say so', async (t) => {
  await withPool(t, { snapshotAgeMaxMs: 20 }, async ({ volume, pool }) => {
    const expired = await pool.lease();
    await until('the snapshot to end', () => pool.state.oldestSnapshotMs === 0);
    const held = await pool.lease();
    await pool.close(0);
    for (const lease of [expired, held]) {
      t.like(
        t.throws(() => names(lease)),
        { code: 'ERR_VOLUME_CLOSED' },
      );
      await t.notThrowsAsync(lease.release());
    }
    await volume.fs.promises.writeFile('/a', '');
    t.false((await volume.checkpoint('truncate')).busy);
  });
});
