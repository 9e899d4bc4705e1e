/** Every path, every status it can have, and what stands in the answers. */
import test from 'ava';
import { REFUSALS } from '#src/http/refusal.js';
import type { StatusDocument } from '#src/http/status-document.js';
import { VolumeError } from '#src/index.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { readProjectFile } from '../support/project.js';
import { codeIn, withServer } from './client.js';

const PATHS = ['/', '/livez', '/readyz', '/healthz', '/metrics', '/status.json'];

test('GET /livez says that the process answers, whatever the volume does', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    volume.failure = new Error('nothing works');
    volume.state = 'failed';
    const { status, body, headers } = await ask('/livez');
    t.is(status, 200);
    t.is(headers['content-type'], 'application/json; charset=utf-8');
    t.deepEqual(JSON.parse(body), { live: true });
  });
});

test('GET /readyz is 200 while the volume can be used, degraded or not', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    for (const name of ['healthy', 'degraded'] as const) {
      volume.status = name;
      const { status, body } = await ask('/readyz');
      t.is(status, 200, name);
      t.deepEqual(JSON.parse(body), { ready: true, state: 'open', reasons: [] });
    }
  });
});

test('GET /readyz is 503 with the reasons when a check is unhealthy or the writer failed', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    volume.status = 'unhealthy';
    volume.state = 'failed';
    const { status, body } = await ask('/readyz');
    t.is(status, 503);
    const { ready, state, reasons } = JSON.parse(body);
    t.like({ ready, state }, { ready: false, state: 'failed' });
    t.deepEqual(
      reasons.map(({ check }: { check: string }) => check),
      ['volume', 'writer'],
    );
    t.regex(reasons[1].message, /stopped after an I\/O error/);
  });
});

for (const state of ['closing', 'closed'] as const) {
  test(`GET /readyz is 503 when the volume is ${state}, without asking it for its health`, async (t) => {
    await withServer({}, async ({ volume, ask }) => {
      volume.state = state;
      volume.failure = new Error('must not be asked');
      const { status, body } = await ask('/readyz');
      t.is(status, 503);
      const reasons = [{ check: 'volume', message: `The volume is ${state}.` }];
      t.deepEqual(JSON.parse(body), { ready: false, state, reasons });
    });
  });
}

for (const [name, expected] of [
  ['healthy', 200],
  ['degraded', 200],
  ['unhealthy', 503],
] as const) {
  test(`GET /healthz is ${expected} when ${name}, with the health object`, async (t) => {
    await withServer({}, async ({ volume, ask }) => {
      volume.status = name;
      const { status, body } = await ask('/healthz');
      t.is(status, expected);
      const health = JSON.parse(body);
      t.like(health, { status: name, path: volume.path });
      t.deepEqual(Object.keys(health.checks), Object.keys(volume.health().checks));
    });
  });
}

test('GET /metrics is what the registry says, with its content type', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    volume.counter.inc(3);
    const { status, body, headers } = await ask('/metrics');
    t.is(status, 200);
    t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    t.regex(body, /^# HELP cabinetfs_fake_total A count\.$/m);
    t.regex(body, /^cabinetfs_fake_total 3$/m);
  });
});

test('GET /status.json has what the page shows, and later only what is new', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    const status = JSON.parse((await ask('/status.json')).body) as StatusDocument;
    t.is(status.state, 'open');
    t.is(status.health.status, 'healthy');
    t.is(status.hasToken, false);
    t.deepEqual(
      status.samples.map(({ number }) => number),
      [1],
    );
    t.deepEqual(status.records, JSON.parse(JSON.stringify(volume.recordList)));
    t.is(status.figures?.databaseBytes, 412 * 1024 * 1024);
    for (const [query, numbers] of [
      ['?after=1', []],
      ['?after=0', [1]],
      // Of a server that was here before: everything is new.
      ['?after=900', [1]],
      ['?after=nonsense', [1]],
      ['?after=-5', [1]],
      ['?after=1e400', [1]],
    ] as const) {
      const { samples } = JSON.parse((await ask(`/status.json${query}`)).body) as StatusDocument;
      t.deepEqual(
        samples.map(({ number }) => number),
        [...numbers],
        query,
      );
    }
  });
});

test('GET / is one document that names no other', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    const { status, body, headers } = await ask('/');
    t.is(status, 200);
    t.is(headers['content-type'], 'text/html; charset=utf-8');
    t.notRegex(body, /(src|href)="(?!#|data:|\/(healthz|readyz|metrics|status\.json)")/);
    t.notRegex(body, /\bimport\b.*\bfrom\b|^export /m);
    t.false(body.includes(volume.path), 'what is of the volume comes as data only');
  });
});

test('a volume that cannot answer is 503 with its code; a bug of ours tells nothing', async (t) => {
  await withServer({}, async ({ volume, ask }) => {
    volume.failure = new VolumeError('ERR_VOLUME_CLOSED', 'It is closed.', { hint: 'Open it.' });
    for (const path of ['/healthz', '/readyz', '/status.json']) {
      const answer = await ask(path);
      t.is(answer.status, 503, path);
      t.is(codeIn(answer), 'ERR_VOLUME_CLOSED');
      t.is(answer.headers['x-content-type-options'], 'nosniff');
    }
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    volume.failure = new TypeError('a secret of the code');
    const answer = await ask('/healthz');
    t.is(answer.status, 500);
    t.is(codeIn(answer), 'ERR_HTTP_INTERNAL');
    t.notRegex(answer.body, /secret/);
    t.is((await warned).message, 'a secret of the code');
  });
});

test('HEAD is answered like GET, without the body', async (t) => {
  await withServer({}, async ({ ask }) => {
    for (const path of PATHS) {
      const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
      t.is(head.status, get.status, path);
      t.is(head.headers['content-type'], get.headers['content-type'], path);
      t.is(head.body, '', path);
    }
  });
});

test('other methods are 405 with Allow, also those of a request from another site', async (t) => {
  await withServer({}, async ({ ask }) => {
    for (const path of PATHS) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const answer = await ask(path, { method, headers: { origin: 'http://evil.example' } });
        t.is(answer.status, 405, `${method} ${path}`);
        t.is(answer.headers.allow, 'GET, HEAD');
        t.is(codeIn(answer), 'ERR_HTTP_METHOD');
        t.is(answer.headers['access-control-allow-origin'], undefined);
      }
    }
  });
});

test('unknown paths are 404', async (t) => {
  await withServer({}, async ({ ask }) => {
    const paths = ['/nothing', '/livez/', '/healthz/x', '/%2e%2e/etc/passwd', '//', '/session'];
    for (const path of paths) {
      const answer = await ask(path);
      t.is(answer.status, 404, path);
      t.is(codeIn(answer), 'ERR_HTTP_NOT_FOUND');
    }
  });
});

test('every answer is safe from being stored, framed, sniffed and read by others', async (t) => {
  await withServer({}, async ({ ask }) => {
    for (const path of [...PATHS, '/nothing']) {
      const { headers } = await ask(path);
      t.like(headers, {
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = headers['content-security-policy'] as string;
      t.regex(policy, /default-src 'none'; frame-ancestors 'none'/);
      t.notRegex(policy, /unsafe|\*|https?:/);
      t.is(/script-src 'sha256-/.test(policy), path === '/', path);
    }
  });
});

test('docs/http.md lists every path and every code with its status', (t) => {
  const document = readProjectFile('docs/http.md');
  const paths = tableRows(document, 'Path').map(({ Path }) => codeOf(Path));
  t.deepEqual([...new Set(paths)].sort(), [...PATHS, '/session'].sort());
  const codes = tableRows(document, 'Code').map(({ Code, Status }) => [
    codeOf(Code),
    Number(Status),
  ]);
  t.deepEqual(Object.fromEntries(codes), REFUSALS);
});
