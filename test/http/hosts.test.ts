/** The header `Host`: a name that somebody else made lead here is not answered. */
import test from 'ava';
import { createHostCheck, isLoopback } from '#src/http/address.js';
import { codeIn, openSocket, readToEnd, withServer } from './client.js';

const LOOPBACK = { host: '127.0.0.1', address: '127.0.0.1', hasToken: false, allowedHosts: [] };

test('on loopback only names of this machine are answered, on every path', async (t) => {
  await withServer({}, async ({ ask, server }) => {
    const own = ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '[::1]', 'localhost.'];
    for (const name of own) {
      for (const host of [name, `${name}:${server.port}`]) {
        t.is((await ask('/livez', { headers: { host } })).status, 200, host);
      }
    }
    const foreign = [
      'evil.example',
      '192.168.1.5',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '[::2]',
    ];
    for (const name of [...foreign, 'localhost:80@evil.example']) {
      for (const path of ['/livez', '/status.json', '/']) {
        const answer = await ask(path, { headers: { host: name } });
        t.true([400, 421].includes(answer.status), `${name}: ${answer.status}`);
        t.true(['ERR_HTTP_HOST', 'ERR_HTTP_BAD_REQUEST'].includes(codeIn(answer)), name);
        t.is(answer.headers['x-content-type-options'], 'nosniff');
      }
    }
    t.is((await ask('/livez', { headers: { host: 'evil.example' } })).status, 421);
  });
});

test('a token does not make up for a foreign name on loopback', async (t) => {
  await withServer({ token: 'a-token-of-some-length' }, async ({ ask }) => {
    const headers = { host: 'evil.example', authorization: 'Bearer a-token-of-some-length' };
    t.is((await ask('/healthz', { headers })).status, 421);
  });
});

test('names can be allowed, for a proxy in front', async (t) => {
  await withServer({ allowedHosts: ['Status.Example'] }, async ({ ask }) => {
    t.is((await ask('/livez', { headers: { host: 'status.example:443' } })).status, 200);
    t.is((await ask('/livez', { headers: { host: 'other.example' } })).status, 421);
  });
});

test('away from loopback without a token: addresses, the name asked for, and what is allowed', (t) => {
  const check = createHostCheck({
    host: 'files.lan',
    address: '192.168.1.5',
    hasToken: false,
    allowedHosts: ['cabinet'],
  });
  const own = ['192.168.1.5:9464', '10.0.0.1', '[fe80::1]:80', 'files.lan', 'cabinet:9464'];
  for (const host of [...own, 'localhost', undefined]) t.true(check(host), host);
  for (const host of ['evil.example', '192.168.1.5.evil.example', '']) t.false(check(host), host);
});

test('away from loopback with a token any name will do', (t) => {
  const check = createHostCheck({ ...LOOPBACK, address: '0.0.0.0', hasToken: true });
  t.true(check('anything.example'));
});

test('a probe of HTTP/1.0 without a host is answered', async (t) => {
  await withServer({}, async ({ server }) => {
    const socket = await openSocket(server);
    socket.write('GET /livez HTTP/1.0\r\n\r\n');
    t.regex(await readToEnd(socket), /^HTTP\/1\.1 200 OK\r\n/);
  });
});

test('which addresses are of this machine alone', (t) => {
  for (const address of ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1']) {
    t.true(isLoopback(address), address);
  }
  for (const address of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '128.0.0.1',
    'localhost',
    '',
  ]) {
    t.false(isLoopback(address), address);
  }
});
