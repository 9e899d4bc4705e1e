/** A real volume over HTTP: from healthy to closed, with a writer that is blocked, failed or dead. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import Database from 'better-sqlite3';
import type { StatusDocument } from '#src/http/status-document.js';
import { attachVolume } from '#src/index.js';
import { type Child, startChild } from '../support/child.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';

const CHILD = new URL('./served-volume-child.js', import.meta.url);
const FAULT = new URL('../writer/commit-fault.js', import.meta.url);
const PATHS = ['/', '/livez', '/readyz', '/healthz', '/metrics', '/status.json'];

interface Body {
  readonly status?: string;
  readonly ready?: boolean;
  readonly state?: string;
  readonly reasons?: readonly { readonly check: string; readonly message: string }[];
  readonly checks?: Readonly<Record<string, { readonly status: string; readonly message: string }>>;
}

async function getJson(url: string): Promise<{ readonly status: number; readonly body: Body }> {
  const answer = await fetch(url);
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function statusesOf(url: string): Promise<Record<string, number>> {
  const statuses = PATHS.map(async (path) => {
    const answer = await fetch(url + path);
    await answer.text();
    return [path, answer.status] as const;
  });
  return Object.fromEntries(await Promise.all(statuses));
}

const ALL_FINE = Object.fromEntries(PATHS.map((path) => [path, 200]));

test('a volume in use is ready on every path, with its own figures', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await using server = await volume.serve({ port: 0 });
    t.deepEqual(await statusesOf(server.url), ALL_FINE);
    await volume.fs.promises.writeFile('/a', 'x'.repeat(100_000));
    const { body } = await getJson(`${server.url}/healthz`);
    t.not(body.status, 'unhealthy');
    t.is(body.checks?.writer?.status, 'ok');
    await until('a sample with the commit', async () => {
      const status = (await (await fetch(`${server.url}/status.json`)).json()) as StatusDocument;
      t.is(status.health.path, file);
      t.is(status.records[0]?.kind, 'check');
      return status.samples.some(
        ({ commitsPerSecond, operationsPerSecond, commitMs, walBytes }) =>
          Number(commitsPerSecond) > 0 &&
          Number(operationsPerSecond) > 0 &&
          Number(commitMs) > 0 &&
          Number(walBytes) > 100_000,
      );
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    t.regex(metrics, /^# TYPE cabinetfs_\w+ (counter|gauge|histogram)$/m);
  });
});

test('closing the volume closes its servers; a closed volume is not served', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const servers = await Promise.all([volume.serve({ port: 0 }), volume.serve({ port: 0 })]);
    t.not(servers[0].port, servers[1].port);
    for (const { url } of servers) t.is((await fetch(`${url}/livez`)).status, 200);
    await volume.close();
    for (const { url, closed } of servers) {
      await closed;
      await t.throwsAsync(fetch(`${url}/livez`));
    }
    await t.throwsAsync(volume.serve({ port: 0 }), { code: 'ERR_VOLUME_CLOSED' });
  });
});

test('a server that begins while its volume closes is not left behind', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const beginning = volume.serve({ port: 0 });
    const closing = volume.close();
    await t.throwsAsync(beginning, { code: 'ERR_VOLUME_CLOSED' });
    await closing;
  });
});

test('closing a server leaves the volume open', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const server = await volume.serve({ port: 0 });
    await server.close();
    await volume.fs.promises.writeFile('/a', 'a');
    t.is(volume.state, 'open');
  });
});

test('an attached thread serves, too, until its attachment ends', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const attached = attachVolume(volume.connect());
    const server = await attached.serve({ port: 0 });
    t.deepEqual(await statusesOf(server.url), ALL_FINE);
    await volume.close();
    await server.closed;
    await t.throwsAsync(fetch(`${server.url}/livez`));
  });
});

test('with every read connection lent it answers as ever', async (t) => {
  await withVolume(t, { readersMax: 1 }, async ({ volume }) => {
    await volume.fs.promises.writeFile('/big', Buffer.alloc(4_000_000));
    await using server = await volume.serve({ port: 0 });
    const stream = volume.fs.createReadStream('/big');
    for await (const _piece of stream) break;
    const directory = await volume.fs.promises.opendir('/');
    t.deepEqual(await statusesOf(server.url), ALL_FINE);
    await directory.close();
  });
});

interface ServedChild {
  readonly child: Child;
  readonly url: string;
  readonly file: string;
  breakWith(kind: string): Promise<void>;
}

async function withServedChild(work: (served: ServedChild) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const trigger = join(folder, 'fault');
    const file = join(folder, 'test.cabinet');
    const child = startChild(CHILD, [file], {
      execArgv: ['--import', fileURLToPath(FAULT)],
      env: { ...process.env, CABINET_TEST_FAULT: trigger },
    });
    try {
      const url = String(await child.ask('url'));
      await work({ child, url, file, breakWith: (kind) => writeFile(trigger, kind) });
    } finally {
      await child.kill();
    }
  });
}

test('while the writer is blocked every path is answered', async (t) => {
  await withServedChild(async ({ child, url, file }) => {
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    await child.ask('begin', '/blocked');
    await until('the write to wait in the queue', async () => {
      const answer = await fetch(`${url}/status.json`);
      const { health } = (await answer.json()) as StatusDocument;
      return health.checks.queueDepth?.value === 1;
    });
    for (let round = 0; round < 20; round += 1) {
      const statuses = await statusesOf(url);
      t.is(statuses['/livez'], 200);
      t.is(statuses['/metrics'], 200);
      t.is(statuses['/status.json'], 200);
      // Whether it is unhealthy is a matter of time, which health decides.
      t.true([200, 503].includes(statuses['/healthz'] as number));
    }
    other.exec('ROLLBACK');
    other.close();
    t.is(await child.ask('write', '/after'), 'ok');
    t.is((await fetch(`${url}/readyz`)).status, 200);
  });
});

for (const [kind, how] of [
  ['io error', 'failed'],
  ['exit', 'died'],
] as const) {
  test(`after the writer ${how} the process is live and the volume is not ready`, async (t) => {
    await withServedChild(async ({ child, url, breakWith }) => {
      t.is(await child.ask('write', '/before'), 'ok');
      await breakWith(kind);
      t.is(await child.ask('write', '/a'), 'ERR_WRITER_FAILED');
      const expected = { ...ALL_FINE, '/readyz': 503, '/healthz': 503 };
      t.deepEqual(await statusesOf(url), expected);
      const ready = await getJson(`${url}/readyz`);
      t.like(ready.body, { ready: false, state: 'failed' });
      t.true(ready.body.reasons?.some(({ check }) => check === 'writer'));
      const health = await getJson(`${url}/healthz`);
      t.is(health.body.status, 'unhealthy');
      t.is(health.body.checks?.writer?.status, 'unhealthy');
    });
  });
}
