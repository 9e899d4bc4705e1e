/** The token, the sessions of browsers, and where one may listen without either. */
import { networkInterfaces } from 'node:os';
import test from 'ava';
import { Access, SESSIONS_MAX } from '#src/http/access.js';
import { serve } from '#src/http/serve.js';
import { type Asked, ask, codeIn, withServer } from './client.js';
import { FakeVolume } from './fake-volume.js';

const TOKEN = 'a-token-of-some-length';
const GUARDED = ['/', '/readyz', '/healthz', '/metrics', '/status.json', '/nothing'];

function bearer(token: string): Asked {
  return { headers: { authorization: `Bearer ${token}` } };
}

function cookieOf(setCookie: readonly string[] | undefined): string {
  return setCookie?.[0]?.split(';')[0] ?? '';
}

test('with a token nothing but /livez is answered without it', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask }) => {
    for (const path of GUARDED) {
      const answer = await ask(path);
      t.is(answer.status, 401, path);
      t.is(codeIn(answer), 'ERR_HTTP_TOKEN_REQUIRED');
      t.is(answer.headers['www-authenticate'], 'Bearer realm="cabinetfs"');
    }
    t.is((await ask('/livez')).status, 200);
    t.is((await ask('/healthz', bearer(TOKEN))).status, 200);
    t.is((await ask('/metrics', { headers: { authorization: `bearer  ${TOKEN} ` } })).status, 200);
  });
});

test('a wrong token is refused, whatever its length', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask }) => {
    const wrong = [`${TOKEN}x`, TOKEN.slice(0, -1), `x${TOKEN.slice(1)}`, 'x', 'x'.repeat(4000)];
    for (const token of wrong) {
      const answer = await ask('/healthz', bearer(token));
      t.is(answer.status, 401, token);
      t.is(codeIn(answer), 'ERR_HTTP_TOKEN_WRONG');
      t.false(answer.body.includes(TOKEN));
    }
    for (const authorization of ['', 'Bearer', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN} more`]) {
      t.is((await ask('/healthz', { headers: { authorization } })).status, 401, authorization);
    }
    t.is((await ask(`/healthz?token=${TOKEN}`)).status, 401, 'never in an address');
  });
});

test('a browser without a session sees where to sign in, a program is told in JSON', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask }) => {
    const html = await ask('/', { headers: { accept: 'text/html,*/*;q=0.8' } });
    t.is(html.status, 401);
    t.is(html.headers['content-type'], 'text/html; charset=utf-8');
    t.regex(html.body, /Sign in/);
    t.regex(html.headers['content-security-policy'] as string, /script-src 'sha256-/);
    const other = await ask('/healthz', { headers: { accept: 'text/html' } });
    t.is(codeIn(other), 'ERR_HTTP_TOKEN_REQUIRED');
  });
});

test('POST /session changes the token for a cookie that no script and no other site can use', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask, server }) => {
    const begun = await ask('/session', { method: 'POST', ...bearer(TOKEN) });
    t.is(begun.status, 204);
    const [setCookie = ''] = begun.headers['set-cookie'] ?? [];
    t.regex(setCookie, /; HttpOnly; SameSite=Strict$/);
    t.true(setCookie.startsWith(`cabinetfs-${server.port}=`), 'ports do not share it');
    t.false(setCookie.includes(TOKEN));
    const cookie = cookieOf(begun.headers['set-cookie']);
    for (const path of ['/', '/healthz', '/metrics', '/status.json']) {
      t.is((await ask(path, { headers: { cookie } })).status, 200, path);
    }
    t.is((await ask('/', { headers: { cookie: `other=1; ${cookie}; more=2` } })).status, 200);
    for (const wrong of [`${cookie}x`, cookie.slice(0, -1), `cabinetfs-${server.port}=`, 'a=b']) {
      t.is((await ask('/healthz', { headers: { cookie: wrong } })).status, 401, wrong);
    }
    const renewed = await ask('/session', { method: 'POST', headers: { cookie } });
    t.is(renewed.status, 401, 'a session does not prolong itself');
  });
});

test('DELETE /session ends the session, for everybody who has its cookie', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask }) => {
    const begun = await ask('/session', { method: 'POST', ...bearer(TOKEN) });
    const headers = { cookie: cookieOf(begun.headers['set-cookie']) };
    const ended = await ask('/session', { method: 'DELETE', headers });
    t.is(ended.status, 204);
    t.regex(ended.headers['set-cookie']?.[0] ?? '', /=; Path=\/; Max-Age=0;/);
    t.is((await ask('/healthz', { headers })).status, 401);
    t.is((await ask('/session', { method: 'DELETE', headers })).status, 401);
  });
});

test('another site can neither begin nor end a session', async (t) => {
  await withServer({ token: TOKEN }, async ({ ask }) => {
    for (const method of ['POST', 'DELETE']) {
      for (const site of ['cross-site', 'same-site']) {
        const headers = { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': site };
        const answer = await ask('/session', { method, headers });
        t.is(answer.status, 403);
        t.is(codeIn(answer), 'ERR_HTTP_CROSS_SITE');
      }
    }
    const headers = { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': 'same-origin' };
    t.is((await ask('/session', { method: 'POST', headers })).status, 204);
    const read = await ask('/session', bearer(TOKEN));
    t.is(read.status, 405);
    t.is(read.headers.allow, 'POST, DELETE');
  });
});

test('sessions end after twelve hours, and the oldest when there are too many', (t) => {
  let nowMs = 0;
  const access = new Access(TOKEN, () => nowMs);
  const begin = (): string => access.beginSession().split(';')[0] as string;
  const judge = (cookie: string): string => access.judge({ authorization: undefined, cookie });
  const first = begin();
  nowMs = 12 * 3_600_000 - 1;
  t.is(judge(first), 'allowed');
  nowMs += 1;
  t.is(judge(first), 'missing');
  const cookies = Array.from({ length: SESSIONS_MAX + 1 }, begin);
  t.is(new Set(cookies).size, SESSIONS_MAX + 1);
  t.is(judge(cookies[0] as string), 'missing');
  t.is(judge(cookies[1] as string), 'allowed');
  t.is(judge(cookies[SESSIONS_MAX] as string), 'allowed');
});

test('where other machines can reach it, a server without a token is refused', async (t) => {
  for (const host of ['0.0.0.0', '::', '::ffff:0.0.0.0', ...ownAddresses()]) {
    await t.throwsAsync(serve(new FakeVolume(), { host, port: 0 }), {
      code: 'ERR_SERVE_EXPOSED',
      message: /Give a token, listen on 127\.0\.0\.1, or insist with `force`/,
    });
  }
});

test('with a token, or by force, it listens anywhere', async (t) => {
  for (const options of [{ token: TOKEN }, { force: true }]) {
    await using server = await serve(new FakeVolume(), { host: '0.0.0.0', port: 0, ...options });
    t.is(server.host, '0.0.0.0');
    t.is(server.url, `http://127.0.0.1:${server.port}`);
    t.is((await ask({ host: '127.0.0.1', port: server.port }, '/livez')).status, 200);
  }
});

/** Addresses of this machine that are not loopback; there may be none. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}
