/** fcntl(2) and flock(2) between processes on a mount, which is served by two threads. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';
import { type Mounted, type MountedOptions, mountRefusal, withMount } from '../support/mounted.js';
import { EX, Locker, NB, SH, UN } from './locker.js';

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

const F_RDLCK = 0;
const F_WRLCK = 1;
const F_UNLCK = 2;

interface Two extends Mounted {
  readonly a: Locker;
  readonly b: Locker;
}

/** Two processes, each with the file open as `f`. */
function withTwo(
  t: ExecutionContext,
  fn: (two: Two) => Promise<void>,
  options: MountedOptions = {},
): Promise<void> {
  return withMount(t, options, async (mounted) => {
    const a = new Locker(mounted.dir);
    const b = new Locker(mounted.dir);
    try {
      await a.ask('open', 'f', 'file');
      await b.ask('open', 'f', 'file');
      await fn({ ...mounted, a, b });
    } finally {
      await a.kill();
      await b.kill();
    }
  });
}

/** Claims in the queue: then somebody waits. */
function hasWaiter({ volume }: Mounted): boolean {
  return volume.internals.pool.read(
    (store) =>
      store.connection.statement<[], [number]>('SELECT count(*) FROM lock_wait').get()?.[0] === 1,
  );
}

function countLocks({ volume }: Mounted): number | undefined {
  return volume.internals.pool.read(
    (store) => store.connection.statement<[], [number]>('SELECT count(*) FROM lock').get()?.[0],
  );
}

mounting('flock: shared and exclusive, released by unlocking', (t) =>
  withTwo(t, async ({ a, b }) => {
    t.is(await a.ask('flock', 'f', SH | NB), null);
    t.is(await b.ask('flock', 'f', SH | NB), null);
    t.is(await b.ask('flock', 'f', EX | NB), 'EAGAIN');
    t.is(await a.ask('flock', 'f', UN), null);
    t.is(await b.ask('flock', 'f', EX | NB), null);
    t.is(await a.ask('flock', 'f', SH | NB), 'EAGAIN');
  }),
);

mounting('a lock that waits keeps nobody else waiting, and comes when it is free', (t) =>
  withTwo(t, async (two) => {
    const { a, b, dir } = two;
    await a.ask('flock', 'f', EX);
    const waiting = b.ask('flock', 'f', EX);
    await until('somebody waits', () => hasWaiter(two));
    // The mount goes on meanwhile, for this process too.
    writeFileSync(join(dir, 'other'), 'text');
    t.is(readFileSync(join(dir, 'other'), 'utf8'), 'text');
    await a.ask('flock', 'f', UN);
    t.is(await waiting, null);
    t.is(await a.ask('flock', 'f', EX | NB), 'EAGAIN');
  }),
);

for (const kind of ['flock', 'lockf']) {
  const take = (locker: Locker): Promise<unknown> =>
    kind === 'flock' ? locker.ask('flock', 'f', EX) : locker.ask('lockf', 'f', EX, 0, 0);

  mounting(`${kind}: a signal ends the waiting with EINTR, and nothing is held`, (t) =>
    withTwo(t, async (two) => {
      const { a, b } = two;
      await take(a);
      const waiting = take(b);
      await until('somebody waits', () => hasWaiter(two));
      b.interrupt();
      t.is(await waiting, 'EINTR');
      t.is(countLocks(two), 1);
      t.is(await take(a), null);
    }),
  );

  mounting(`${kind}: killing who waits takes him out of the queue`, (t) =>
    withTwo(t, async (two) => {
      const { a, b } = two;
      await take(a);
      void take(b);
      await until('somebody waits', () => hasWaiter(two));
      await b.kill();
      await until('nobody waits', () => !hasWaiter(two));
      t.is(countLocks(two), 1);
    }),
  );

  mounting(`${kind}: killing who holds it gives it to who waits`, (t) =>
    withTwo(t, async (two) => {
      const { a, b } = two;
      await take(a);
      const waiting = take(b);
      await until('somebody waits', () => hasWaiter(two));
      await a.kill();
      t.is(await waiting, null);
    }),
  );
}

mounting('flock belongs to the opening: the last descriptor gives it up', (t) =>
  withTwo(t, async (two) => {
    const { a, b } = two;
    await a.ask('flock', 'f', EX);
    await a.ask('dup', 'f', 'g');
    await a.ask('close', 'f');
    t.is(await b.ask('flock', 'f', EX | NB), 'EAGAIN');
    await a.ask('close', 'g');
    await until('no lock is left', () => countLocks(two) === 0);
    t.is(await b.ask('flock', 'f', EX | NB), null);
  }),
);

mounting('fcntl: ranges, tested and split', (t) =>
  withTwo(t, async ({ a, b }) => {
    t.is(await a.ask('lockf', 'f', EX | NB, 100, 0), null);
    t.is(await b.ask('lockf', 'f', EX | NB, 10, 100), null);
    t.is(await b.ask('lockf', 'f', SH | NB, 1, 99), 'EAGAIN');
    t.deepEqual(await b.ask('test', 'f', F_WRLCK, 50, 1), [F_WRLCK, 0, 100, a.pid]);
    t.is(await a.ask('lockf', 'f', UN, 10, 40), null);
    t.deepEqual(await b.ask('test', 'f', F_RDLCK, 50, 0), [F_WRLCK, 50, 50, a.pid]);
    t.deepEqual((await b.ask('test', 'f', F_RDLCK, 40, 10)) as number[], [F_UNLCK, 40, 10, 0]);
    t.is(await a.ask('lockf', 'f', EX | NB, 0, 200), null);
    t.deepEqual(await b.ask('test', 'f', F_WRLCK, 5000, 1), [F_WRLCK, 200, 0, a.pid]);
  }),
);

mounting('fcntl: closing any descriptor of the file gives up all', (t) =>
  withTwo(t, async ({ a, b }) => {
    await a.ask('open', 'again', 'file');
    await a.ask('lockf', 'f', EX, 0, 0);
    t.is(await b.ask('lockf', 'f', EX | NB, 0, 0), 'EAGAIN');
    await a.ask('close', 'again');
    t.is(await b.ask('lockf', 'f', EX | NB, 0, 0), null);
  }),
);

mounting('fcntl: a circle of waiting is EDEADLK (which Python calls by its other name)', (t) =>
  withTwo(t, async (two) => {
    const { a, b } = two;
    await a.ask('lockf', 'f', EX, 1, 0);
    await b.ask('lockf', 'f', EX, 1, 1);
    const waiting = a.ask('lockf', 'f', EX, 1, 1);
    await until('somebody waits', () => hasWaiter(two));
    t.is(await b.ask('lockf', 'f', EX, 1, 0), 'EDEADLOCK');
    await b.ask('lockf', 'f', UN, 1, 1);
    t.is(await waiting, null);
  }),
);

mounting('locks of an opening, which no process owns, go with it', (t) =>
  withTwo(t, async (two) => {
    const { a, b } = two;
    t.is(await a.ask('ofd', 'f', F_WRLCK), null);
    t.is(await b.ask('ofd', 'f', F_WRLCK), 'EAGAIN');
    await a.ask('close', 'f');
    await until('no lock is left', () => countLocks(two) === 0);
    t.is(await b.ask('ofd', 'f', F_WRLCK), null);
  }),
);

mounting('locks of an opening go with it, whichever thread closes it', (t) =>
  withTwo(t, async (two) => {
    const { a, b } = two;
    // Two threads take turns as they come: so often that no pair of them is left out.
    for (let round = 0; round < 40; round += 1) {
      t.is(await a.ask('open', 'g', 'file'), null);
      t.is(await a.ask('ofd', 'g', F_WRLCK), null);
      t.is(await b.ask('ofd', 'f', F_WRLCK), 'EAGAIN');
      await a.ask('close', 'g');
      await until('no lock is left', () => countLocks(two) === 0);
    }
  }),
);

mounting('a mount that ends by force ends the waiting for locks, too', (t) =>
  withVolume(t, {}, async ({ volume, folder }) => {
    const dir = join(folder, 'mount');
    mkdirSync(dir);
    const mount = await volume.mount(dir);
    const two = { dir, volume, beside: folder };
    const a = new Locker(dir);
    const b = new Locker(dir);
    try {
      for (const locker of [a, b]) await locker.ask('open', 'f', 'file');
      await a.ask('flock', 'f', EX);
      const waiting = b.ask('flock', 'f', EX);
      await until('somebody waits', () => hasWaiter(two));
      await mount.unmount({ force: true });
      const answer = await waiting;
      t.true(['ENOTCONN', 'ECONNABORTED'].includes(answer as string), String(answer));
      await until('nothing is left of them', () => !hasWaiter(two) && countLocks(two) === 0);
      t.is(mount.errors, 0);
    } finally {
      await mount.unmount({ force: true });
      await a.kill();
      await b.kill();
    }
  }),
);

mounting('a lock of the library and one of a mount meet', (t) =>
  withTwo(t, async ({ a, volume }) => {
    const lock = await volume.lock('/file');
    t.is(await a.ask('flock', 'f', EX | NB), 'EAGAIN');
    const waiting = a.ask('flock', 'f', EX);
    await pause(20);
    await lock.release();
    t.is(await waiting, null);
    await t.throwsAsync(volume.lock('/file', { wait: false }), { code: 'EAGAIN' });
  }),
);

mounting('closing many files that nobody locked asks for no locks', (t) =>
  withMount(t, {}, ({ dir, volume }) => {
    for (let index = 0; index < 50; index += 1) writeFileSync(join(dir, `f${index}`), 'x');
    t.is(countLocks({ dir, volume, beside: '' }), 0);
  }),
);

mounting('local locks meet those of the mount, and nobody else hears of them', (t) =>
  withTwo(
    t,
    async (two) => {
      const { a, b, volume } = two;
      t.is(await a.ask('flock', 'f', EX | NB), null);
      t.is(await b.ask('flock', 'f', SH | NB), 'EAGAIN');
      t.is(await a.ask('lockf', 'f', EX | NB, 10, 0), null);
      t.is(await b.ask('lockf', 'f', EX | NB, 10, 5), 'EAGAIN');
      t.is(await b.ask('lockf', 'f', EX | NB, 10, 10), null);
      t.is(countLocks(two), 0);
      await using lock = await volume.lock('/file', { mode: 'exclusive', wait: false });
      t.truthy(lock);
      // What waits is woken by the kernel as well.
      const waiting = b.ask('flock', 'f', EX);
      await a.kill();
      t.is(await waiting, null);
    },
    { locks: 'local' },
  ),
);
