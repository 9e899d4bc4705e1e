/** What the metrics count, how they are named, and that their number is bounded. */
import test from 'ava';
import { type OpenMetricsContentType, Registry, register } from 'prom-client';
import { openVolume } from '#src/index.js';
import type { Volume } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { type ReadMetrics, readMetrics } from './read-metrics.js';
import { failWriter, record, whileBlocked } from './trouble.js';

async function scrape(volume: Volume): Promise<ReadMetrics> {
  return readMetrics(await volume.metrics.metrics());
}

function operations(metrics: ReadMetrics, kind: string, result = 'ok'): number {
  return metrics.value('cabinetfs_operations_total', { kind, result }) ?? 0;
}

test('one Registry per volume; the global one of prom-client stays empty', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    t.is(volume.metrics, volume.metrics);
    const other = await openVolume();
    t.not(volume.metrics, other.metrics);
    await other.fs.promises.mkdir('/only-there');
    t.is(operations(await scrape(other), 'mkdir'), 1);
    t.is(operations(await scrape(volume), 'mkdir'), 0);
    await other.close();
    t.deepEqual(register.getMetricsAsArray(), []);
  });
});

test('names are as Prometheus wants them', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { types } = await scrape(volume);
    t.true(types.size > 40);
    for (const [name, type] of types) {
      t.regex(name, /^cabinetfs_[a-z]+(_[a-z]+)*$/, name);
      t.is(type === 'counter', name.endsWith('_total'), name);
      t.notRegex(name, /_(ms|milliseconds|kb|mb|percent)(_|$)/, name);
      const { help } = volume.metrics.getSingleMetric(name) as unknown as { help: string };
      t.regex(help, /^[A-Z0-9].*\.$/, name);
    }
  });
});

for (const style of ['promises', 'callbacks', 'sync'] as const) {
  test(`operations are counted by kind and result: ${style}`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      const { fs } = volume;
      const quietly = (work: () => unknown): void => {
        try {
          work();
        } catch {
          // It is counted.
        }
      };
      if (style === 'sync') {
        fs.writeFileSync('/a', 'abc');
        fs.readFileSync('/a');
        fs.statSync('/a');
        quietly(() => fs.statSync('/none'));
        quietly(() => fs.mkdirSync('/a'));
        fs.readdirSync('/');
      } else if (style === 'promises') {
        await fs.promises.writeFile('/a', 'abc');
        await fs.promises.readFile('/a');
        await fs.promises.stat('/a');
        await fs.promises.stat('/none').catch(() => undefined);
        await fs.promises.mkdir('/a').catch(() => undefined);
        await fs.promises.readdir('/');
      } else {
        const call = (start: (done: () => void) => void): Promise<void> => new Promise(start);
        await call((done) => fs.writeFile('/a', 'abc', () => done()));
        await call((done) => fs.readFile('/a', () => done()));
        await call((done) => fs.stat('/a', () => done()));
        await call((done) => fs.stat('/none', () => done()));
        await call((done) => fs.mkdir('/a', () => done()));
        await call((done) => fs.readdir('/', () => done()));
      }
      const metrics = await scrape(volume);
      t.is(operations(metrics, 'writeFile'), 1);
      t.is(operations(metrics, 'readFile'), 1);
      t.is(operations(metrics, 'stat'), 1);
      t.is(operations(metrics, 'stat', 'not_found'), 1);
      t.is(operations(metrics, 'mkdir', 'exists'), 1);
      t.is(operations(metrics, 'readdir'), 1);
      t.is(metrics.value('cabinetfs_read_bytes_total'), 3);
      t.is(metrics.value('cabinetfs_written_bytes_total'), 3);
      t.is(metrics.value('cabinetfs_operation_duration_seconds_count', { kind: 'writeFile' }), 1);
    });
  });
}

test('handles, streams and transactions are counted too', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/a', 'w+');
    await handle.write('hello');
    await handle.sync();
    await handle.read(Buffer.alloc(5), 0, 5, 0);
    await handle.close();
    for await (const piece of volume.fs.createReadStream('/a')) t.is(String(piece), 'hello');
    await volume.transaction((tx) => tx.mkdir('/d'));
    await volume
      .transaction((tx) => tx.writeFile('/a', '', { ifVersion: 1_000_000 }))
      .catch(() => undefined);
    const metrics = await scrape(volume);
    t.is(operations(metrics, 'write'), 1);
    t.is(operations(metrics, 'fsync'), 1);
    t.true(operations(metrics, 'read') >= 2);
    t.is(operations(metrics, 'transaction'), 1);
    t.is(operations(metrics, 'transaction', 'conflict'), 1);
    t.is(metrics.value('cabinetfs_read_bytes_total'), 10);
    t.true((metrics.value('cabinetfs_sync_duration_seconds_count') ?? 0) >= 1);
  });
});

test('whatever is asked, the number of series is bounded', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const burst = async (round: number): Promise<void> => {
      const calls = Array.from({ length: 500 }, (_, index) => {
        const path = `/round-${round}/${index}-${'x'.repeat(index % 300)}`;
        return [
          fs.promises.stat(path),
          fs.promises.writeFile(path, path),
          fs.promises.readFile(`\u0000${path}`),
          fs.promises.open(path, 'r'),
          volume.getXattr('/', `user.${index}`),
          fs.promises.rename(path, '/'),
        ];
      });
      await Promise.allSettled(calls.flat());
    };
    await burst(1);
    const first = (await scrape(volume)).series.length;
    await burst(2);
    await burst(3);
    t.is((await scrape(volume)).series.length, first);
    for (const { labels } of (await scrape(volume)).series) {
      for (const value of Object.values(labels)) t.false(value.includes('/'), value);
    }
  });
});

test('buckets of a histogram add up to its count', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const writes = Array.from({ length: 100 }, (_, index) =>
      volume.fs.promises.writeFile(`/file-${index}`, 'x'.repeat(index * 100)),
    );
    await Promise.all(writes);
    const metrics = await scrape(volume);
    for (const name of ['cabinetfs_batch_commands', 'cabinetfs_commit_duration_seconds']) {
      const buckets = metrics.series.filter((each) => each.name === `${name}_bucket`);
      const counts = buckets.map(({ value }) => value);
      t.deepEqual(
        counts,
        [...counts].sort((a, b) => a - b),
        name,
      );
      t.is(buckets.at(-1)?.labels.le, '+Inf');
      t.is(counts.at(-1), metrics.value(`${name}_count`), name);
    }
    t.is(metrics.value('cabinetfs_batch_commands_sum'), 100);
    t.is(
      metrics.value('cabinetfs_batch_bytes_sum'),
      metrics.value('cabinetfs_written_bytes_total'),
    );
  });
});

test('stats, counters, health and metrics show the same numbers', async (t) => {
  await withVolume(t, { durability: 'normal', readersMax: 4 }, async ({ volume }) => {
    await volume.fs.promises.writeFile('/a', Buffer.alloc(200_000));
    await volume.fs.promises.unlink('/a');
    await volume.checkpoint('passive');
    await record(volume, 'backup', true, 5000);
    const lease = await volume.runner.lease();
    await whileBlocked(volume, async () => {
      const pending = volume.fs.promises.writeFile('/b', 'queued');
      const [counters, health, metrics] = [
        volume.counters(),
        volume.health(),
        await scrape(volume),
      ];
      const [record_] = volume.records('backup');
      const { writer, queue, readers } = counters;
      const same: readonly [string, unknown, unknown?][] = [
        ['cabinetfs_database_bytes', counters.databaseBytes],
        ['cabinetfs_page_bytes', counters.pageSizeBytes],
        ['cabinetfs_free_pages', counters.freePages],
        ['cabinetfs_wal_bytes', counters.walBytes, health.checks.wal.value],
        ['cabinetfs_wal_frames', writer?.walFrames],
        ['cabinetfs_commits_total', writer?.commits],
        ['cabinetfs_commands_total', writer?.commands],
        ['cabinetfs_commit_number', writer?.commit],
        ['cabinetfs_queue_commands', queue?.commands, health.checks.queueDepth.value],
        ['cabinetfs_queue_bytes', queue?.bytes, health.checks.queueBytes.value],
        ['cabinetfs_readers_leased', readers.leased, health.checks.readers.value],
        ['cabinetfs_readers_max', volume.options.readersMax, health.checks.readers.limit],
        ['cabinetfs_unsynced_bytes', health.checks.unsynced.value],
        ['cabinetfs_orphans', writer?.orphans],
      ];
      for (const [name, value, other = value] of same) {
        t.is(metrics.value(name), value as number, name);
        t.is(other, value, `health: ${name}`);
      }
      t.true((metrics.value('cabinetfs_snapshot_age_seconds') ?? 0) > 0);
      t.is(
        metrics.value('cabinetfs_maintenance_last_timestamp_seconds', { kind: 'backup' }),
        (record_?.endedMs ?? 0) / 1000,
      );
      void pending.catch(() => undefined);
    });
    await lease.release();
    const [stats, metrics] = [await volume.stats(), await scrape(volume)];
    t.is(metrics.value('cabinetfs_free_pages'), stats.freePages);
  });
});

test('the health of the volume is in the metrics', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const status = async (check: string): Promise<number | undefined> =>
      (await scrape(volume)).value('cabinetfs_health_status', { check });
    t.is(await status('overall'), 0);
    t.is(await status('writer'), 0);
    await failWriter(volume);
    t.is(await status('writer'), 2);
    t.is(await status('overall'), 2);
    t.is((await scrape(volume)).value('cabinetfs_writer_up'), 0);
  });
});

test('a check that runs shows in the metrics', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const kind = { kind: 'check' };
    const seen: (number | undefined)[] = [];
    const scrapes: Promise<void>[] = [];
    await volume.check({
      onProgress: () => {
        const one = scrape(volume).then((metrics) => {
          seen.push(metrics.value('cabinetfs_maintenance_running', kind));
        });
        scrapes.push(one);
      },
    });
    await Promise.all(scrapes);
    t.is(seen[0], 1);
    t.is((await scrape(volume)).value('cabinetfs_maintenance_running', kind), 0);
    t.is((await scrape(volume)).value('cabinetfs_maintenance_progress_ratio', kind), 0);
  });
});

test('with `metrics: false` calls are not counted, and everything else is there', async (t) => {
  await withVolume(t, { metrics: false }, async ({ volume }) => {
    await volume.fs.promises.writeFile('/a', 'abc');
    volume.fs.statSync('/a');
    const metrics = await scrape(volume);
    t.false(metrics.series.some(({ name }) => name.startsWith('cabinetfs_operation')));
    t.is(metrics.value('cabinetfs_written_bytes_total'), 3);
    t.is(metrics.value('cabinetfs_writer_up'), 1);
  });
});

test('metrics of a volume that is closed, or open for reading only', async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const first = await openVolume(file);
    await first.fs.promises.writeFile('/a', 'abc');
    t.is((await scrape(first)).value('cabinetfs_writer_up'), 1);
    await first.close();
    const closed = await scrape(first);
    t.is(closed.value('cabinetfs_writer_up'), 0);
    t.is(closed.value('cabinetfs_health_status', { check: 'overall' }), 2);
    t.is(closed.value('cabinetfs_database_bytes'), undefined);
    t.is(operations(closed, 'writeFile'), 1);
    const reading = await openVolume(file, { readOnly: true });
    reading.fs.readFileSync('/a');
    const metrics = await scrape(reading);
    t.is(metrics.value('cabinetfs_writer_up'), undefined);
    t.is(operations(metrics, 'readFile'), 1);
    t.is(metrics.value('cabinetfs_read_bytes_total'), 3);
    await reading.close();
    t.is((await scrape(reading)).value('cabinetfs_health_status', { check: 'overall' }), 2);
  });
});

test('default labels can be set, the format of OpenMetrics had, registries merged', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { metrics } = volume;
    volume.fs.statSync('/');
    metrics.setDefaultLabels({ volume: 'one' });
    const plain = await metrics.metrics();
    t.regex(plain, /cabinetfs_operations_total\{kind="stat",result="ok",volume="one"\} 1/);
    metrics.resetMetrics();
    t.regex(await metrics.metrics(), /result="ok",volume="one"\} 1/, "they are the volume's");
    t.is(
      await metrics.getSingleMetricAsString('cabinetfs_writer_up').then(lastLine),
      'cabinetfs_writer_up{volume="one"} 1',
    );
    const merged = Registry.merge([metrics, new Registry()]);
    t.regex(await merged.metrics(), /cabinetfs_writer_up\{?.*1/);
    const either = metrics as unknown as Registry<OpenMetricsContentType>;
    either.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const open = await metrics.metrics();
    t.true(open.endsWith('# EOF\n'));
    t.regex(open, /^# TYPE cabinetfs_commits counter$/m);
    t.regex(open, /^cabinetfs_commits_total\{volume="one"\} \d+$/m);
  });
});

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1);
}
