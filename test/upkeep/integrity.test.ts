/** Checks that a volume makes by itself. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume, type Volume } from '#src/index.js';
import {
  type IntegritySource,
  IntegrityWatch,
} from '#src/maintenance/integrity/integrity-watch.js';
import { startChild } from '../support/child.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const HOLDER = new URL('./holder-child.js', import.meta.url);

function causes(volume: Volume): unknown[] {
  return volume.records('check').map(({ detail }) => detail.by);
}

/** A volume whose process was killed while it had it open. */
async function withCrashed(fn: (file: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const child = startChild(HOLDER);
    await child.ask('open', file, {});
    await child.ask('write', '/file', 'content');
    await child.kill();
    await fn(file);
  });
}

test('a volume that was not closed cleanly is checked by itself, without delay for the opening', async (t) => {
  await withCrashed(async (file) => {
    const volume = await openVolume(file);
    t.deepEqual(causes(volume), ['creation'], 'not before it was opened');
    await until('the check', () => volume.records('check').length > 1);
    const [record] = volume.records('check');
    t.like(record, { ok: true, detail: { by: 'crash', content: false, problemsTotal: 0 } });
    await until('its end', () => volume.integrity?.running === null);
    t.like(volume.integrity, { running: null, nextMs: null, failure: null });
    await volume.close();
    const again = await openVolume(file);
    t.is(again.integrity?.nextMs, null, 'once is enough');
    await again.close();
  });
});

test('who opens the volume for a moment only leaves the check to the next', async (t) => {
  await withCrashed(async (file) => {
    for (let round = 0; round < 2; round += 1) {
      const volume = await openVolume(file);
      t.not(volume.integrity?.nextMs ?? null, null);
      await volume.close();
    }
    t.false(existsSync(`${file}-wal`), 'it was closed cleanly');
    const volume = await openVolume(file);
    await until('the check', () => volume.records('check').length > 1);
    t.is(causes(volume)[0], 'crash');
    await volume.close();
  });
});

test('a check that somebody calls for counts', async (t) => {
  await withCrashed(async (file) => {
    const volume = await openVolume(file);
    t.true((await volume.check()).ok);
    t.is(causes(volume)[0], 'call');
    await volume.close();
    const again = await openVolume(file);
    t.is(again.integrity?.nextMs, null);
    await again.close();
  });
});

test('after a clean close, and where it is off, nothing is checked', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await (await openVolume(file)).close();
    const volume = await openVolume(file);
    t.is(volume.integrity?.nextMs, null);
    const second = startChild(HOLDER);
    await second.ask('open', file, {});
    await second.end();
    await volume.close();
    const again = await openVolume(file);
    t.is(again.integrity?.nextMs, null, 'another process is no crash');
    await again.close();
  });
  await withCrashed(async (file) => {
    const volume = await openVolume(file, { integrity: { quickAfterCrash: false } });
    t.is(volume.integrity?.nextMs, null);
    await volume.close();
  });
});

test('by schedule all content is checked, again and again', async (t) => {
  await withVolume(t, { integrity: { everySeconds: 1, sharePercent: 100 } }, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', Buffer.alloc(200_000, 1));
    await until('two checks', () => causes(volume).filter((by) => by === 'schedule').length >= 2);
    t.like(volume.records('check')[0], { ok: true, detail: { by: 'schedule', content: true } });
  });
});

test('the schedule finds damaged content', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const volume = await openVolume(file, { integrity: { everySeconds: 1 } });
    await volume.fs.promises.writeFile('/file', Buffer.alloc(20_000, 1));
    const database = new Database(file);
    database.exec('UPDATE blob SET crc32c = crc32c + 1');
    database.close();
    await until('the check', () => volume.records('check')[0]?.ok === false);
    const [record] = volume.records('check');
    t.like(record, { ok: false, detail: { by: 'schedule', problemsTotal: 1 } });
    const problems = (record?.detail.problems ?? []) as { invariant: string; path: string }[];
    t.like(problems[0], { invariant: 'I22', path: '/file' });
    await volume.close();
  });
});

test('closing ends a check that runs by itself', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    const options = { integrity: { everySeconds: 1, sharePercent: 1 } };
    const volume = await openVolume(file, options);
    for (let index = 0; index < 50; index += 1) {
      await volume.fs.promises.writeFile(`/${index}`, Buffer.alloc(1_000_000, index));
    }
    await until('the check', () => volume.integrity?.running === 'schedule');
    await volume.close();
    t.is(volume.state, 'closed');
  });
});

function source(part: Partial<IntegritySource>): IntegritySource {
  return {
    options: { quickAfterCrash: true, everySeconds: 100, content: false, sharePercent: 25 },
    check: async () => undefined,
    checks: () => [],
    uncleanSinceMs: () => undefined,
    ...part,
  };
}

test('a check that could not be made is told and tried again later', async (t) => {
  let attempts = 0;
  const watch = new IntegrityWatch(
    source({
      uncleanSinceMs: () => 1,
      check: async () => {
        attempts += 1;
        throw new Error('the disk is full');
      },
    }),
  );
  await until('an attempt', () => watch.state.failure !== null);
  t.is(watch.state.failure, 'the disk is full');
  t.true((watch.state.nextMs ?? 0) > Date.now() + 50_000);
  t.is(attempts, 1);
  watch.close();
});

test('records that cannot be read do not keep a volume from being opened', (t) => {
  const watch = new IntegrityWatch(
    source({
      checks: () => {
        throw new Error('damaged');
      },
    }),
  );
  t.deepEqual(watch.state, { running: null, nextMs: null, failure: 'damaged' });
  watch.close();
});

test('the next check counts from the last one of as much, over restarts', (t) => {
  const at = (endedMs: number, detail: Record<string, unknown>) => {
    return { id: 1, kind: 'check', startedMs: 0, endedMs, ok: true, detail } as const;
  };
  const now = Date.now();
  const records = [
    at(now, { by: 'crash', content: false }),
    at(now - 1000, { by: 'call', content: false }),
    at(now - 5000, { by: 'schedule', content: true }),
  ];
  const options = { quickAfterCrash: true, everySeconds: 100, sharePercent: 25 };
  for (const [content, lastMs] of [
    [true, now - 5000],
    [false, now - 1000],
  ] as const) {
    const watch = new IntegrityWatch(
      source({ options: { ...options, content }, checks: () => records }),
    );
    t.is(watch.state.nextMs, lastMs + 100_000);
    watch.close();
  }
});

test('a check of one view ends when the view is too old', async (t) => {
  await withVolume(t, { snapshotAgeMaxMs: 10 }, async ({ volume }) => {
    await volume.transaction((tx) => {
      for (let index = 0; index < 30_000; index += 1) tx.writeFile(`/${index}`, '');
    });
    const error = await t.throwsAsync(volume.check(), { code: 'ERR_SNAPSHOT_EXPIRED' });
    t.regex(error?.message ?? '', /10 ms/);
    await volume.close();
  });
});
