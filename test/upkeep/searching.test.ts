/**
 * Who has a file open, or keeps a mount busy, is looked for in a process that can be left behind. A
 * made-up /proc has processes that do not answer: reading a FIFO that nobody writes to takes for ever.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { describeHolders } from '#src/fuse/kernel/holders.js';
import { openVolume } from '#src/index.js';
import {
  type SearchLimits,
  searchProcesses,
  type Wanted,
} from '#src/maintenance/processes/search.js';
import { searchProcessesNow } from '#src/maintenance/processes/search-now.js';
import { takeExclusive } from '#src/maintenance/swap/exclusive.js';
import { canSeeOpeners, identityOfFile } from '#src/maintenance/swap/openers.js';
import { swapFiles } from '#src/maintenance/swap/swap-files.js';
import { withFolder } from '../support/temporary-volume.js';

const MOUNT_ID = 77;
const MOUNT = { kind: 'mount', id: MOUNT_ID, device: '0:99', dir: '/mnt/nowhere' } as const;

/** In which each process has a file of the mount open, and those in `silent` do not answer. */
function makeProc(folder: string, pids: readonly number[], silent: readonly number[]): string {
  const proc = join(folder, 'proc');
  for (const pid of pids) {
    const place = join(proc, String(pid));
    mkdirSync(join(place, 'fdinfo'), { recursive: true });
    writeFileSync(join(place, 'comm'), `program-${pid}\n`);
    if (silent.includes(pid)) execFileSync('mkfifo', [join(place, 'fdinfo/3')]);
    else writeFileSync(join(place, 'fdinfo/3'), `pos:\t0\nmnt_id:\t${MOUNT_ID}\n`);
  }
  return proc;
}

/** Runs only where there is a /proc: elsewhere nobody is looked for. */
async function whereSeen(
  t: ExecutionContext,
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  if (canSeeOpeners()) return withFolder(fn);
  t.log('not run: this system does not tell');
  t.pass();
}

test('a process that does not answer is named, and the others are looked into', async (t) => {
  await whereSeen(t, async (folder) => {
    const proc = makeProc(folder, [5, 20, 100, 101], [20, 100]);
    const limits = { proc, stallMs: 1000 };
    const expected = {
      found: [5, 101].map((pid) => ({ pid, program: `program-${pid}`, descriptors: 0 })),
      silent: [20, 100],
      isComplete: true,
    };
    t.deepEqual(await searchProcesses(MOUNT, limits), expected);
    t.deepEqual(searchProcessesNow(MOUNT, limits), expected);
  });
});

test('the search has a deadline, and tells what it has found by then', async (t) => {
  await whereSeen(t, async (folder) => {
    const proc = makeProc(folder, [5, 20, 30], [20, 30]);
    const limits = { proc, stallMs: 60_000, deadlineMs: 1500 };
    const { isComplete, silent, found } = await searchProcesses(MOUNT, limits);
    t.false(isComplete);
    t.deepEqual(silent, [20]);
    t.like(found, [{ pid: 5 }]);
    t.false(searchProcessesNow(MOUNT, { proc, deadlineMs: 0 }).isComplete);
  });
});

test('a mount that is busy tells who holds it, and who could not be asked', async (t) => {
  await whereSeen(t, async (folder) => {
    const proc = makeProc(folder, [5, 20], [20]);
    const entry = { ...MOUNT, type: 'fuse.cabinetfs', source: 'x', isReadOnly: false };
    t.is(
      await describeHolders(entry, { proc, stallMs: 500 }),
      'held by process 5 (program-5); process 20 could not be looked into: stuck in the kernel',
    );
    t.is(
      await describeHolders(entry, { proc, deadlineMs: 0 }),
      'who else holds it could not be found out in time',
    );
  });
});

interface Swap {
  readonly file: string;
  readonly swap: (search: SearchLimits) => void;
}

/** A closed volume, and another one to put in its place. */
async function withSwap(folder: string, fn: (swap: Swap) => Promise<void>): Promise<void> {
  const file = join(folder, 'test.cabinet');
  const other = join(folder, 'other.cabinet');
  for (const [path, text] of [
    [file, 'old'],
    [other, 'new'],
  ] as const) {
    await using volume = await openVolume(path);
    await volume.fs.promises.writeFile('/which', text);
  }
  await fn({
    file,
    swap: (search) => {
      const held = takeExclusive(file);
      try {
        const replacement = `${file}.replacement`;
        copyFileSync(other, replacement);
        swapFiles(held, replacement, { search, keepOldAs: `${file}.old` });
      } finally {
        held.close();
      }
    },
  });
}

async function whichIs(file: string): Promise<string> {
  await using volume = await openVolume(file);
  return volume.fs.promises.readFile('/which', 'utf8');
}

test('a volume is not replaced while it is not known who has it open', async (t) => {
  await whereSeen(t, (folder) =>
    withSwap(folder, async ({ file, swap }) => {
      t.throws(() => swap({ deadlineMs: 0 }), {
        code: 'ERR_VOLUME_BUSY',
        message: /could not be found out in time who has '.*' open/,
      });
      t.is(await whichIs(file), 'old');
      swap({});
      t.is(await whichIs(file), 'new');
    }),
  );
});

test('a process that is stuck in the kernel is in nobody’s way', async (t) => {
  await whereSeen(t, (folder) =>
    withSwap(folder, async ({ file, swap }) => {
      const proc = join(folder, 'proc');
      mkdirSync(join(proc, '20/fd'), { recursive: true });
      // As the kernel would show it, before it is replaced and afterwards.
      symlinkSync(file, join(proc, '20/fd/3'));
      symlinkSync(`${file}.old`, join(proc, '20/fd/4'));
      execFileSync('mkfifo', [join(proc, '20/comm')]);
      const wanted: Wanted = { kind: 'file', path: file, ...identityOfFile(file) };
      const search = { proc, stallMs: 500 };
      t.like(searchProcessesNow(wanted, search), { found: [], silent: [20], isComplete: true });
      const startedMs = performance.now();
      swap(search);
      t.is(await whichIs(file), 'new');
      t.false(existsSync(`${file}-wal`));
      // The old file stayed locked for whoever might have waited for it.
      t.true(performance.now() - startedMs > 5000);
    }),
  );
});
