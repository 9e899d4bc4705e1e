/**
 * Loads far beyond what a volume is made for, in a process of their own, so that its memory is theirs alone.
 * Each handler answers what was measured and found; `recovered` must hold after each.
 */
import type { FileHandle } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { attachVolume, type OpenOptions, openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { assertVolumeSound, type Volume } from '../support/subject.js';
import { startThread, type Thread } from '../support/thread.js';
import { until } from '../support/until.js';

let volume: Volume | undefined;
let path = '';

function opened(): Volume {
  if (volume === undefined) throw new Error('no volume is open');
  return volume;
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** Most that the process grew by while `work` ran, in bytes; its own turns included. */
async function growth<T>(work: () => Promise<T>): Promise<{ grown: number; result: T }> {
  collect();
  const before = process.memoryUsage.rss();
  let most = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss() - before);
  };
  const timer = setInterval(look, 10);
  try {
    const result = await work();
    look();
    return { grown: most, result };
  } finally {
    clearInterval(timer);
  }
}

/** How calls ended: how many by each code. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.allSettled(calls)) {
    const reason =
      outcome.status === 'rejected' ? (outcome.reason as { code?: string }) : undefined;
    const code = reason === undefined ? 'ok' : (reason.code ?? String(reason));
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const THREAD = new URL('./overload-thread.js', import.meta.url);

async function withThreads<T>(
  count: number,
  work: (threads: readonly Thread[]) => Promise<T>,
): Promise<T> {
  const threads = times(count, () => startThread(THREAD));
  try {
    for (const thread of threads) await thread.ask('attach', opened().connect());
    return await work(threads);
  } finally {
    for (const thread of threads) await thread.ask('close');
    for (const thread of threads) await thread.end();
  }
}

function cell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

answerParent({
  open: async (file: string, options: OpenOptions) => {
    path = file;
    volume = await openVolume(file, options);
    // What is loaded late is no growth.
    await volume.fs.promises.writeFile('/warm', 'up');
    await volume.check();
  },

  /** So many writers at once, each with bytes of its own. */
  writers: async (count: number, bytes: number) => {
    const { fs } = opened();
    const content = Buffer.alloc(bytes, 'x');
    const measured = await growth(() =>
      outcomes(times(count, (index) => fs.promises.writeFile(`/w${index}`, content))),
    );
    const names = (await fs.promises.readdir('/')).filter((name) => name.startsWith('w'));
    return { ...measured, files: names.length - 1 };
  },

  /** Rounds of writers while another program keeps the volume locked. */
  lockedOut: async (rounds: number, count: number, bytes: number) => {
    const { fs } = opened();
    const content = Buffer.alloc(bytes, 'x');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const pending: Promise<Record<string, number>>[] = [];
    const measured = await growth(async () => {
      for (let round = 0; round < rounds; round += 1) {
        const calls = times(count, (index) =>
          fs.promises.writeFile(`/r${round}-${index}`, content),
        );
        pending.push(outcomes(calls));
        // Nothing but time ends the wait of these.
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    });
    other.exec('ROLLBACK');
    other.close();
    const total: Record<string, number> = {};
    for (const counts of await Promise.all(pending)) {
      for (const [code, count] of Object.entries(counts)) total[code] = (total[code] ?? 0) + count;
    }
    const names = (await fs.promises.readdir('/')).filter((name) => name.startsWith('r'));
    return { grown: measured.grown, result: total, files: names.length };
  },

  /** Long reads while all connections for them are lent, and short reads meanwhile. */
  longReads: async (count: number, lent: number) => {
    const { fs } = opened();
    await fs.promises.writeFile('/long', Buffer.alloc(2_000_000, 'x'));
    const release: (() => void)[] = [];
    const held = times(lent, (index) =>
      fs.promises.cp('/long', `/copy${index}`, {
        filter: () => new Promise<boolean>((resolve) => release.push(() => resolve(true))),
      }),
    );
    await until('all are lent', () => opened().counters().readers.leased === lent);
    let short = 0;
    const measured = await growth(async () => {
      const reading = outcomes(times(count, () => fs.promises.readFile('/long')));
      for (; short < 1000; short += 1) await fs.promises.readFile('/warm');
      return await reading;
    });
    for (const go of release) go();
    await Promise.all(held);
    let after = 0;
    for (; after < 20; after += 1) await fs.promises.readFile('/long');
    return { ...measured, short, after };
  },

  /** So many watchers of one tree, of a stream of changes. */
  watchers: async (count: number, files: number) => {
    const { fs } = opened();
    await fs.promises.mkdir('/watched');
    const seen = times(count, () => new Map<string, number>());
    const measured = await growth(async () => {
      const watchers = seen.map((names) =>
        fs.watch('/watched', { recursive: true }, (_type, name) => {
          names.set(String(name), (names.get(String(name)) ?? 0) + 1);
        }),
      );
      await Promise.all(times(files, (index) => fs.promises.mkdir(`/watched/d${index}`)));
      await until('all are told', () => seen.every((names) => names.size === files));
      for (const watcher of watchers) watcher.close();
      return 'closed';
    });
    const events = seen.flatMap((names) => [...names.values()]);
    return {
      grown: measured.grown,
      once: events.every((told) => told === 1),
      events: events.length,
    };
  },

  /** As many open files as there may be, without names in the end, and one more. */
  handles: async (count: number) => {
    const { promises } = opened().fs;
    await Promise.all(
      times(count, (index) => promises.writeFile(`/h${index}`, `content ${index}`)),
    );
    const handles: FileHandle[] = [];
    const measured = await growth(async () => {
      handles.push(
        ...((await Promise.all(
          times(count, (index) => promises.open(`/h${index}`, 'r+')),
        )) as FileHandle[]),
      );
      return await outcomes([promises.open('/warm', 'r'), promises.readFile('/warm')]);
    });
    await Promise.all(times(count, (index) => promises.unlink(`/h${index}`)));
    let right = 0;
    for (const [index, handle] of handles.entries()) {
      if ((await handle.readFile('utf8')) === `content ${index}`) right += 1;
    }
    const openFiles = opened().counters().writer?.openFiles;
    await Promise.all(handles.map((handle) => handle.close()));
    return { ...measured, right, openFiles };
  },

  /** What waits for a thread that is blocked while so many changes are committed, with long names in them. */
  blockedListener: async (changes: number) => {
    const { fs } = opened();
    const names = ['a', 'b'].map((letter) => `/${letter.repeat(250)}`);
    await fs.promises.writeFile(names[0] as string, '');
    return await withThreads(1, async ([thread]) => {
      await thread?.ask('listen');
      const [release, blocked] = [cell(), cell()];
      const block = thread?.ask('block', release, blocked);
      await until('it is blocked', () => Atomics.load(blocked, 0) === 1);
      const measured = await growth(async () => {
        for (let done = 0; done < changes; done += 2000) {
          await opened().transaction((tx) => {
            for (let step = 0; step < 2000; step += 1)
              tx.rename(names[step & 1], names[1 - (step & 1)]);
          });
        }
        return 'committed';
      });
      Atomics.store(release, 0, 1);
      await block;
      await until('it is told', async () => (await thread?.ask('lost')) === 1);
      return measured;
    });
  },

  /** Threads that all write as fast as they can, until each has written a few: how many each has. */
  threads: async (count: number, enough: number) =>
    await withThreads(count, async (threads) => {
      const board = new Int32Array(new SharedArrayBuffer(4 * (count + 1)));
      const working = threads.map((thread, index) => thread.ask('writeUntil', board, index));
      await until('all have written', () =>
        board.subarray(0, count).every((done) => done >= enough),
      );
      Atomics.store(board, count, 1);
      await Promise.all(working);
      return [...board.subarray(0, count)];
    }),

  /** Small writes of one thread beside big ones of another: big ones between two small ones, at most. */
  smallBesideBig: async (small: number) =>
    await withThreads(1, async ([thread]) => {
      const { fs } = opened();
      const board = new Int32Array(new SharedArrayBuffer(4 * 2));
      const working = thread?.ask('writeBigUntil', board);
      await until('big ones are written', () => Atomics.load(board, 0) > 10);
      let [most, before] = [0, Atomics.load(board, 0)];
      for (let index = 0; index < small; index += 1) {
        await fs.promises.writeFile('/small', String(index));
        const now = Atomics.load(board, 0);
        most = Math.max(most, now - before);
        before = now;
      }
      Atomics.store(board, 1, 1);
      await working;
      return most;
    }),

  /** Everything is as before: no queue, no leases, no files, healthy, sound, and little more memory. */
  recovered: async () => {
    const { queue, readers, writer } = opened().counters();
    await until('orphans are gone', () => opened().counters().writer?.orphans === 0);
    await opened().checkpoint('truncate');
    await until('it is healthy', () => opened().health().status === 'healthy');
    await assertVolumeSound(opened());
    const attached = attachVolume(opened().connect());
    await attached.fs.promises.writeFile('/after', 'works');
    await attached.close();
    collect();
    return {
      queue: (queue?.commands ?? 0) + (queue?.waiters ?? 0) + (queue?.bytes ?? 0),
      leased: readers.leased + readers.waiting,
      openFiles: writer?.openFiles,
      after: await opened().fs.promises.readFile('/after', 'utf8'),
    };
  },

  /** Of a volume that is idle: what lives on in the process. */
  memory: async () => {
    // What other threads have let go of comes back in a later turn.
    for (let round = 0; round < 10; round += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  },

  end: async () => {
    await volume?.close();
  },
});
