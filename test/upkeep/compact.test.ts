/** Compaction, in place and as a whole. */
import { chmodSync, existsSync, linkSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  type CompactProgress,
  compactVolume,
  openVolume,
  type Volume,
  VolumeError,
} from '#src/index.js';
import { openConnection } from '#src/sqlite/connection.js';
import { startChild } from '../support/child.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const HOLDER = new URL('./holder-child.js', import.meta.url);
const FILES = 60;
const FILE_BYTES = 200_000;
/** Nothing goes by itself. */
const BY_HAND = { compaction: { auto: false } } as const;

/** Writes files and removes two of three, so that most pages are free and the rest is spread. */
async function makeHoles(volume: Volume): Promise<void> {
  const fs = volume.fs.promises;
  for (let index = 0; index < FILES; index += 1) {
    await fs.writeFile(`/${index}`, Buffer.alloc(FILE_BYTES, index));
  }
  await fs.mkdir('/dir');
  await fs.link('/0', '/dir/link');
  await fs.symlink('/0', '/dir/symlink');
  await volume.setXattr('/0', 'user.note', 'kept');
  for (let index = 0; index < FILES; index += 1) {
    if (index % 3 !== 0) await fs.unlink(`/${index}`);
  }
  await until('the reaper', () => volume.counters().writer?.orphans === 0);
}

async function inodesOf(volume: Volume): Promise<Map<string, number>> {
  const names = (await volume.fs.promises.readdir('/', { recursive: true })) as string[];
  const stats = names.map(async (name) => {
    const { ino } = await volume.fs.promises.lstat(`/${name}`);
    return [name, Number(ino)] as const;
  });
  return new Map(await Promise.all(stats));
}

async function assertContent(t: ExecutionContext, volume: Volume): Promise<void> {
  const fs = volume.fs.promises;
  for (let index = 0; index < FILES; index += 3) {
    const bytes = (await fs.readFile(`/${index}`)) as Buffer;
    t.true(bytes.equals(Buffer.alloc(FILE_BYTES, index)), String(index));
  }
  t.is((await fs.stat('/0')).nlink, 2);
  t.is(await fs.readlink('/dir/symlink'), '/0');
  t.is(String(await volume.getXattr('/0', 'user.note')), 'kept');
}

test('free pages are given back while the volume is in use', async (t) => {
  await withVolume(t, BY_HAND, async ({ volume, file }) => {
    await makeHoles(volume);
    await volume.checkpoint('truncate');
    const before = statSync(file).size;
    const progress: CompactProgress[] = [];
    const writes: Promise<void>[] = [];
    const result = await volume.compact({
      onProgress: (state) => {
        progress.push(state);
        writes.push(volume.fs.promises.appendFile('/0', ''));
      },
    });
    await Promise.all(writes);
    t.false(result.full);
    t.true(result.freedPages > 500, `${result.freedPages}`);
    t.is(result.bytesBefore - result.bytesAfter, result.freedBytes);
    t.is(statSync(file).size, before - result.freedBytes);
    t.is(volume.counters().freePages, 0);
    t.true(progress.length > 1, 'in slices');
    t.deepEqual(progress.at(-1), {
      phase: 'slices',
      done: result.freedPages,
      total: result.freedPages,
    });
    await assertContent(t, volume);
    const [record] = volume.records('compact');
    t.like(record, {
      ok: true,
      detail: { by: 'call', full: false, freedPages: result.freedPages },
    });
    t.is((await volume.compact()).freedPages, 0);
  });
});

test('no more pages are given back than asked for', async (t) => {
  await withVolume(t, BY_HAND, async ({ volume }) => {
    await makeHoles(volume);
    const free = volume.counters().freePages;
    t.is((await volume.compact({ pagesMax: 100 })).freedPages, 100);
    t.true(volume.counters().freePages <= free - 100);
  });
});

test('a compaction in place ends at its signal and keeps what was done', async (t) => {
  await withVolume(t, BY_HAND, async ({ volume }) => {
    await makeHoles(volume);
    const controller = new AbortController();
    const free = volume.counters().freePages;
    const onProgress = (): void => controller.abort();
    await t.throwsAsync(volume.compact({ signal: controller.signal, onProgress }), {
      name: 'AbortError',
    });
    t.true(volume.counters().freePages < free);
    await assertContent(t, volume);
  });
});

test('the writer gives pages back by itself when it is idle and enough is free', async (t) => {
  await withVolume(t, { compaction: { minFreeBytes: 1_000_000 } }, async ({ volume }) => {
    await makeHoles(volume);
    t.true(volume.counters().freePages > 500);
    await until('a round', () => volume.records('compact').length > 0);
    // Some are left for who writes next.
    t.true(volume.counters().freePages < 200);
    t.like(volume.records('compact')[0], { ok: true, detail: { by: 'auto', full: false } });
    t.is(volume.counters().writer?.compacting, 0);
    await assertContent(t, volume);
  });
});

for (const [what, compaction] of [
  ['too few bytes', { minFreeBytes: 1_000_000_000 }],
  ['too small a share', { minFreeBytes: 0, minFreePercent: 100 }],
  ['it is off', { auto: false, minFreeBytes: 0, minFreePercent: 0 }],
] as const) {
  test(`the writer leaves free pages alone: ${what}`, async (t) => {
    await withVolume(t, { compaction }, async ({ volume }) => {
      await makeHoles(volume);
      const { commits } = volume.counters().writer ?? { commits: 0 };
      const ticks = volume.counters().writer?.heartbeatMs ?? 0;
      await until('some ticks of the idle writer', () => {
        return (volume.counters().writer?.heartbeatMs ?? 0) > ticks + 4000;
      });
      t.is(volume.counters().writer?.commits, commits);
      t.is(volume.records('compact').length, 0);
    });
  });
}

test('as a whole: the file is as small as can be and everything is there', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, { ...BY_HAND, pageSizeBytes: 4096 });
    await makeHoles(volume);
    const inodes = await inodesOf(volume);
    await volume.close();
    chmodSync(file, 0o640);
    const before = statSync(file);
    const phases = new Set<string>();
    const result = await compactVolume(file, {
      full: true,
      onProgress: ({ phase }) => phases.add(phase),
    });
    t.true(result.full);
    t.is(result.bytesBefore, before.size);
    t.is(result.bytesAfter, statSync(file).size);
    t.true(result.bytesAfter < result.bytesBefore / 2);
    t.deepEqual([...phases], ['copy', 'verify', 'replace']);
    t.is(statSync(file).mode & 0o777, 0o640);
    t.deepEqual(readdirSync(folder), ['test.cabinet'], 'nothing is left beside it');
    const connection = openConnection(file, { role: 'reader', cacheBytes: 1e6, busyTimeoutMs: 0 });
    t.is(connection.pragma('journal_mode'), 'wal');
    t.is(connection.pragma('page_size'), 4096);
    t.is(connection.pragma('auto_vacuum'), 2);
    t.is(connection.pragma('freelist_count'), 0);
    connection.close();
    await using again = await openVolume(file);
    t.deepEqual(await inodesOf(again), inodes);
    await assertContent(t, again);
    await assertVolumeSound(again);
    t.like(again.records('compact')[0], { ok: true, detail: { by: 'call', full: true } });
  });
});

test('a volume that is open is not compacted as a whole, wherever it is open', async (t) => {
  await withVolume(t, {}, async ({ volume, file, folder }) => {
    await volume.fs.promises.writeFile('/file', 'content');
    const refused = await t.throwsAsync(volume.compact({ full: true }), {
      instanceOf: VolumeError,
    });
    t.is(refused.code, 'ERR_COMPACTION_REFUSED');
    t.regex(refused.hint ?? '', /compactVolume/);
    await t.throwsAsync(compactVolume(file, { full: true }), { code: 'ERR_VOLUME_BUSY' });
    await volume.close();
    const reader = await openVolume(file, { readOnly: true });
    await t.throwsAsync(compactVolume(file, { full: true }), { code: 'ERR_VOLUME_BUSY' });
    await reader.close();
    const child = startChild(HOLDER);
    await child.ask('open', file, { readOnly: true });
    await t.throwsAsync(compactVolume(file, { full: true }), { code: 'ERR_VOLUME_BUSY' });
    await child.end();
    t.deepEqual(
      readdirSync(folder).filter((name) => name.includes('partial')),
      [],
    );
    await compactVolume(file, { full: true });
  });
});

test('two operators at once: one compacts, the other is told, or both one after the other', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, BY_HAND);
    await makeHoles(volume);
    await volume.close();
    const children = [startChild(HOLDER), startChild(HOLDER)];
    const outcomes = await Promise.allSettled([
      ...children.map((child) => child.ask('compact', file)),
      compactVolume(file, { full: true }),
      compactVolume(file, { full: true }),
    ]);
    t.true(outcomes.some(({ status }) => status === 'fulfilled'));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') t.like(outcome.reason, { code: 'ERR_VOLUME_BUSY' });
    }
    for (const child of children) await child.end();
    const again = await openVolume(file);
    await assertContent(t, again);
    await assertVolumeSound(again);
    await again.close();
    // Not before: of two that close at the same moment SQLite takes neither for the last, and leaves the log.
    t.deepEqual(readdirSync(folder), ['test.cabinet']);
  });
});

test('who opens the volume during a compaction gets the new one or is told', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, BY_HAND);
    await makeHoles(volume);
    await volume.close();
    let compacting = true;
    const compaction = compactVolume(file, { full: true }).finally(() => {
      compacting = false;
    });
    const child = startChild(HOLDER);
    let written = 0;
    while (compacting || written === 0) {
      try {
        await child.ask('open', file, { busyTimeoutMs: 5000 });
        written += 1;
        await child.ask('write', `/written-${written}`, 'acknowledged');
        await child.ask('close');
      } catch (error) {
        t.like(error, { code: 'ERR_VOLUME_BUSY' });
      }
    }
    await compaction.catch((error: unknown) => t.like(error, { code: 'ERR_VOLUME_BUSY' }));
    await child.end();
    await using again = await openVolume(file);
    for (let index = 1; index <= written; index += 1) {
      t.is(await again.fs.promises.readFile(`/written-${index}`, 'utf8'), 'acknowledged');
    }
    await assertContent(t, again);
    await assertVolumeSound(again);
  });
});

test('an aborted compaction as a whole leaves the volume as it was, free for others', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, BY_HAND);
    await makeHoles(volume);
    await volume.close();
    const { ino, size } = statSync(file);
    const controller = new AbortController();
    const compaction = compactVolume(file, {
      full: true,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await t.throwsAsync(compaction, { name: 'AbortError' });
    t.like(statSync(file), { ino, size });
    t.deepEqual(readdirSync(folder), ['test.cabinet']);
    const failing = compactVolume(file, {
      full: true,
      onProgress: () => {
        throw new Error('of the listener');
      },
    });
    await t.throwsAsync(failing, { message: 'of the listener' });
    await using again = await openVolume(file);
    await assertContent(t, again);
  });
});

test('a volume with a broken rule is not replaced', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'content');
    await volume.close();
    const connection = openConnection(file, { role: 'writer', cacheBytes: 1e6, busyTimeoutMs: 0 });
    connection.execute('UPDATE inode SET nlink = 7 WHERE ino = 2');
    connection.close();
    const { ino } = statSync(file);
    const error = await t.throwsAsync(compactVolume(file, { full: true }), {
      instanceOf: VolumeError,
    });
    t.is(error.code, 'ERR_COMPACTION_REFUSED');
    t.regex(error.message, /rule I8/);
    t.is(statSync(file).ino, ino);
    t.deepEqual(readdirSync(folder), ['test.cabinet']);
  });
});

test('wrong input is refused by name', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await (await openVolume(file)).close();
    const full = { full: true };
    for (const [path, options, code] of [
      [join(folder, 'none'), full, 'ERR_VOLUME_NOT_FOUND'],
      [join(file, 'below'), full, 'ERR_VOLUME_NOT_FOUND'],
      [folder, full, 'ERR_NOT_A_VOLUME'],
      ['', full, 'ERR_OPTION_INVALID'],
      [file, { full: 1 }, 'ERR_OPTION_INVALID'],
      [file, { full: true, pagesMax: 3 }, 'ERR_OPTION_INVALID'],
      [file, { pagesMax: 0 }, 'ERR_OPTION_INVALID'],
      [file, { fulll: true }, 'ERR_OPTION_UNKNOWN'],
      [file, null, 'ERR_OPTION_INVALID'],
    ] as const) {
      await t.throwsAsync(compactVolume(path, options as never), { code }, `${path} ${code}`);
    }
    writeFileSync(join(folder, 'text'), 'no database'.repeat(1000));
    await t.throwsAsync(compactVolume(join(folder, 'text'), full), { code: 'ERR_NOT_A_VOLUME' });
    linkSync(file, join(folder, 'second-name'));
    await t.throwsAsync(compactVolume(file, full), { message: /hard links/ });
    await using volume = await openVolume(file);
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
    t.false(existsSync(`${file}-journal`));
  });
});
