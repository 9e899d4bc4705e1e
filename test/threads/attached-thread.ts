/** A thread that works on volumes it is given handles of; run by the tests of this folder. */

import type { FileHandle } from 'node:fs/promises';
import { workerData } from 'node:worker_threads';
import type { Volume } from '#src/index.js';
import { attachVolume, openVolume } from '#src/index.js';
import type { VolumeHandle } from '#src/volume/handle.js';
import { increments } from '../concurrency/counter.js';
import { answerOpener } from '../support/thread.js';

let volume: Volume | undefined =
  (workerData as { volume?: VolumeHandle } | undefined)?.volume &&
  attachVolume((workerData as { volume: VolumeHandle }).volume);
const opened: FileHandle[] = [];
const changed: string[] = [];
const watched: string[] = [];
const warnings: string[] = [];
const told = { changes: 0, lost: 0 };

function attached(): Volume {
  if (volume === undefined) throw new Error('no volume is attached');
  return volume;
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

answerOpener({
  attach: (handle: VolumeHandle) => {
    volume = attachVolume(handle);
  },
  openHere: async (path: string) => {
    volume = await openVolume(path);
  },
  connect: () => attached().connect(),
  state: () => attached().state,
  counters: () => attached().counters(),
  close: () => codeOf(() => attached().close()),
  code: (method: 'stat' | 'readFile' | 'mkdir', path: string) =>
    codeOf(() => (attached().fs.promises[method] as (path: string) => Promise<unknown>)(path)),
  write: (path: string, content: string) => attached().fs.promises.writeFile(path, content),
  read: (path: string) => attached().fs.promises.readFile(path, 'utf8'),
  /** Outcomes of `count` writes at once; `asked` counts as soon as all have been asked for. */
  writes: async (prefix: string, count: number, asked?: Int32Array) => {
    const all = Array.from({ length: count }, (_, index) =>
      codeOf(() => attached().fs.promises.writeFile(`${prefix}${index}`, `${prefix}${index}`)),
    );
    if (asked !== undefined) {
      Atomics.add(asked, 0, 1);
      Atomics.notify(asked, 0);
    }
    return await Promise.all(all);
  },
  writeSync: (path: string, content: string) => attached().fs.writeFileSync(path, content),
  /** Writes synchronously, never letting the event loop turn, until it fails; with how many it did. */
  writeSyncUntilRefused: (prefix: string, started: Int32Array) => {
    for (let done = 0; ; done += 1) {
      try {
        attached().fs.writeFileSync(`${prefix}${done}`, `${done}`);
      } catch (error) {
        return { done, code: (error as { code?: string }).code };
      }
      Atomics.store(started, 0, 1);
    }
  },
  /** Blocks the thread until `cell` is not 0. */
  block: (cell: Int32Array, blocked: Int32Array) => {
    Atomics.store(blocked, 0, 1);
    while (Atomics.load(cell, 0) === 0);
  },
  /** Asks for writes, then blocks before they are posted. */
  writeAndBlock: async (path: string, cell: Int32Array, blocked: Int32Array) => {
    const outcome = codeOf(() => attached().fs.promises.writeFile(path, path));
    Atomics.store(blocked, 0, 1);
    while (Atomics.load(cell, 0) === 0);
    return await outcome;
  },
  /** Calls of all kinds in a directory of its own, in turn; the names it must have at the end. */
  work: async (root: string, rounds: number) => {
    const { promises } = attached().fs;
    const names = new Set<string>();
    await promises.mkdir(root);
    for (let round = 0; round < rounds; round += 1) {
      const [a, b, c] = [`a${round}`, `b${round}`, `c${round}`];
      const asked = promises.writeFile(`${root}/${a}`, a);
      // Asked for later and answered first, but applied in the order of the calls.
      attached().fs.writeFileSync(`${root}/${b}`, b);
      await asked;
      await attached().transaction((tx) => {
        tx.rename(`${root}/${b}`, `${root}/${c}`);
        tx.writeFile(`${root}/${c}`, c);
      });
      if (round % 3 === 0) await promises.unlink(`${root}/${a}`);
      else names.add(a);
      names.add(c);
      const found = await promises.readdir(root);
      if (found.length !== names.size) throw new Error(`${found.length} names in ${root}`);
    }
    return [...names];
  },
  /** Reads synchronously until `stop` is not 0; `bytes` tells its part of the memory, in KiB. */
  readUntil: (stop: Int32Array, bytes: Int32Array) => {
    while (Atomics.load(stop, 0) === 0) {
      attached().fs.statSync('/');
      Atomics.store(bytes, 0, attached().counters().readers.cacheBytesMax / 1024);
    }
  },
  increments: (path: string, count: number) => increments(attached(), path, count),
  open: async (path: string, flags: string) => {
    opened.push(await attached().fs.promises.open(path, flags));
  },
  lock: async (path: string) => {
    await attached().lock(path);
  },
  readOpened: async () => (await (opened.at(-1) as FileHandle).readFile('utf8')) as string,
  subscribe: async () => {
    await attached().subscribe((changes) => {
      for (const change of changes) if (change.type === 'create') changed.push(change.name);
    });
  },
  changed: () => changed,
  /** Says in what it was told, in order, where changes were lost. */
  subscribeToCount: async () => {
    await attached().subscribe(
      (changes) => {
        told.changes += changes.length;
      },
      {
        onLost: () => {
          told.lost += 1;
        },
      },
    );
  },
  told: () => told,
  collectWarnings: () => {
    process.on('warning', (warning) => {
      warnings.push((warning as Error & { code?: string }).code ?? warning.message);
    });
  },
  warnings: () => warnings,
  watch: (path: string) => {
    attached().fs.watch(path, { recursive: true }, (type, name) => {
      watched.push(`${type} ${name}`);
    });
  },
  watched: () => watched,
  exit: (code: number) => process.exit(code),
  crash: () => {
    process.nextTick(() => {
      throw new Error('the thread crashes');
    });
  },
  exhaustMemory: () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(new Array<number>(10_000).fill(Math.random()));
  },
});
