/**
 * Several processes on one volume: which orphans may be deleted. Two sessions on one connection.
 */

import { join } from 'node:path';
import test from 'ava';
import { createClock } from '#src/core/clock.js';
import type { Ino } from '#src/core/ino.js';
import { resolveOptions } from '#src/core/options.js';
import { Store } from '#src/store/store.js';
import { OpenFiles } from '#src/writer/open-files.js';
import { prepareVolume } from '#src/writer/prepare.js';
import { SESSION_DEAD_MS, SESSION_TICK_MS, Sessions } from '#src/writer/sessions.js';
import { withFolder } from '../support/temporary-volume.js';

interface Party {
  readonly sessions: Sessions;
  readonly openFiles: OpenFiles;
}

interface Stage {
  readonly store: Store;
  readonly time: { nowMs: number };
  join(): Party;
  /** Lets time pass, in which `ticking` look around as they do every second. */
  pass(ms: number, ...ticking: readonly Party[]): void;
  /** A nameless inode, and its place in the order of orphans. */
  orphan(): { ino: Ino; seq: number };
}

async function onStage(fn: (stage: Stage) => void): Promise<void> {
  await withFolder(async (folder) => {
    const { connection } = prepareVolume(join(folder, 'v.cabinet'), resolveOptions(), {
      role: 'writer',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 0,
    });
    const store = new Store(connection);
    const time = { nowMs: 0 };
    fn({
      store,
      time,
      join: () => {
        const openFiles = new OpenFiles();
        const sessions = new Sessions(store, openFiles, createClock(), () => time.nowMs);
        sessions.enter();
        return { sessions, openFiles };
      },
      pass: (ms, ...ticking) => {
        const endMs = time.nowMs + ms;
        while (time.nowMs < endMs) {
          time.nowMs = Math.min(time.nowMs + SESSION_TICK_MS, endMs);
          for (const { sessions } of ticking) sessions.tick();
        }
      },
      orphan: () => {
        connection.execute(
          `INSERT INTO inode (mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime,
                              version, chunks) VALUES (33188, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)`,
        );
        const ino = Number(
          connection.statement<[], [number]>('SELECT max(ino) FROM inode').get()?.[0],
        ) as Ino;
        store.orphans.insert(ino);
        return { ino, seq: store.orphans.lastSeq() };
      },
    });
    connection.close();
  });
}

test('a process alone may delete what it does not hold itself', async (t) => {
  await onStage(({ join: enter, orphan }) => {
    const { sessions, openFiles } = enter();
    const { ino, seq } = orphan();
    t.false(sessions.hasOthers);
    t.true(sessions.mayReap(ino, seq));
    openFiles.add(1, ino);
    t.false(sessions.mayReap(ino, seq));
    t.true(openFiles.remove(1, ino));
    t.true(sessions.mayReap(ino, seq));
  });
});

test('an orphan waits until the other process has looked and holds it no more', async (t) => {
  await onStage(({ join: enter, orphan }) => {
    const [one, two] = [enter(), enter()];
    one.sessions.tick();
    t.true(one.sessions.hasOthers);
    const held = orphan();
    const free = orphan();
    two.openFiles.add(1, held.ino);
    t.false(one.sessions.mayReap(held.ino, held.seq), 'it has not looked yet');
    two.sessions.tick();
    one.sessions.tick();
    t.false(one.sessions.mayReap(held.ino, held.seq), 'it holds it');
    t.true(one.sessions.mayReap(free.ino, free.seq));
    two.openFiles.remove(1, held.ino);
    two.sessions.tick();
    t.true(one.sessions.mayReap(held.ino, held.seq));
  });
});

test('a process that left or fell silent holds nothing', async (t) => {
  await onStage(({ join: enter, orphan, pass }) => {
    const [one, leaves, dies] = [enter(), enter(), enter()];
    const { ino, seq } = orphan();
    leaves.openFiles.add(1, ino);
    dies.openFiles.add(1, ino);
    for (const { sessions } of [leaves, dies, one]) sessions.tick();
    t.false(one.sessions.mayReap(ino, seq));
    leaves.sessions.leave();
    one.sessions.tick();
    t.false(one.sessions.mayReap(ino, seq), 'the third still holds it');
    pass(SESSION_DEAD_MS - 1, one);
    t.false(one.sessions.mayReap(ino, seq));
    pass(1, one);
    t.false(one.sessions.hasOthers);
    t.true(one.sessions.mayReap(ino, seq));
  });
});

test('a process that beats is not taken for dead, however long ago it came', async (t) => {
  await onStage(({ join: enter, pass }) => {
    const [one, two] = [enter(), enter()];
    pass(3 * SESSION_DEAD_MS, one, two);
    t.true(one.sessions.hasOthers);
    t.true(two.sessions.hasOthers);
  });
});

test('a process that did not run for long takes nobody for dead on account of it', async (t) => {
  await onStage(({ join: enter, time, pass }) => {
    const [one, two] = [enter(), enter()];
    pass(SESSION_TICK_MS, one, two);
    time.nowMs += 2 * SESSION_DEAD_MS;
    two.sessions.tick();
    t.true(two.sessions.hasOthers);
    pass(SESSION_DEAD_MS, two);
    t.false(two.sessions.hasOthers, 'it really is dead');
  });
});

test('a process that was taken for dead by mistake enters again with what it holds', async (t) => {
  await onStage(({ join: enter, orphan, pass, store }) => {
    const [one, two] = [enter(), enter()];
    const { ino, seq } = orphan();
    two.openFiles.add(1, ino);
    pass(SESSION_TICK_MS, one, two);
    pass(SESSION_DEAD_MS + SESSION_TICK_MS, one);
    t.false(one.sessions.hasOthers);
    t.true(one.sessions.mayReap(ino, seq));
    two.sessions.tick();
    t.true(one.sessions.hasOthersNow(), 'known at once where it counts');
    one.sessions.tick();
    t.true(one.sessions.hasOthers);
    t.false(one.sessions.mayReap(ino, seq));
    pass(2 * SESSION_DEAD_MS, one, two);
    const rows = store.connection.statement<[], [number]>('SELECT count(*) FROM session').get();
    t.is(rows?.[0], 2);
    t.false(one.sessions.mayReap(ino, seq));
  });
});

test('a process that has just come counts before the next look', async (t) => {
  await onStage(({ join: enter }) => {
    const one = enter();
    t.false(one.sessions.hasOthersNow());
    enter();
    t.false(one.sessions.hasOthers);
    t.true(one.sessions.hasOthersNow());
  });
});
