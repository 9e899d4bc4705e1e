/** Listening and closing, and what is said when there is nothing to listen on. */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { serve } from '#src/http/serve.js';
import { SERVE_NUMBER_RULES, type ServeOptions } from '#src/volume/serve-options.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { readProjectFile } from '../support/project.js';
import { ask, openSocket, withServer } from './client.js';
import { FakeVolume } from './fake-volume.js';

test('it listens on loopback and tells where', async (t) => {
  await using server = await serve(new FakeVolume(), { port: 0 });
  t.is(server.host, '127.0.0.1');
  t.true(server.port > 0);
  t.is(server.url, `http://127.0.0.1:${server.port}`);
  t.is((await fetch(`${server.url}/livez`)).status, 200);
});

test('closing ends connections that are kept alive and requests that never end', async (t) => {
  const server = await serve(new FakeVolume(), { port: 0, requestTimeoutMs: 600_000 });
  const agent = new Agent({ keepAlive: true });
  await ask(server, '/livez', { agent });
  const slow = await openSocket(server);
  slow.on('error', () => undefined);
  slow.write('GET /livez HTTP/1.1\r\n');
  const ended = once(slow, 'close');
  await server.close();
  await ended;
  await t.throwsAsync(ask(server, '/livez', { agent }));
  agent.destroy();
});

test('closing twice is closing once, and `closed` tells of it', async (t) => {
  const server = await serve(new FakeVolume(), { port: 0 });
  const both = [server.close(), server.close()];
  t.is(both[0], both[1]);
  await Promise.all(both);
  await server.closed;
  await server.close();
  await server[Symbol.asyncDispose]();
  await t.throwsAsync(ask(server, '/livez'), { code: 'ECONNREFUSED' });
});

test('a port that is taken, an address that is not here, a name that is none: ERR_LISTEN_FAILED', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const attempts: readonly (readonly [ServeOptions, RegExp])[] = [
    [{ port }, /\(EADDRINUSE\).*choose another port/],
    [{ port: 0, host: '192.0.2.1', force: true }, /\(EADDRNOTAVAIL\).*does not have that address/],
    [{ port: 0, host: 'no-such-host.invalid' }, /\((ENOTFOUND|EAI_AGAIN)\)/],
  ];
  for (const [options, message] of attempts) {
    const error = await t.throwsAsync(serve(new FakeVolume(), options), {
      name: 'VolumeError',
      code: 'ERR_LISTEN_FAILED',
      message,
    });
    t.truthy(error?.cause);
  }
  other.close();
});

const WRONG: readonly (readonly [string, object])[] = [
  ['an unknown name', { prot: 80 }],
  ['a port that is none', { port: 65_536 }],
  ['a port as text', { port: '80' }],
  ['an empty host', { host: '' }],
  ['a host with a path', { host: 'localhost/x' }],
  ['a short token', { token: 'x'.repeat(15) }],
  ['a long token', { token: 'x'.repeat(1025) }],
  ['a token with a space', { token: 'two words of a token' }],
  ['a token that is not ASCII', { token: 'ü'.repeat(20) }],
  ['a token that is no text', { token: 1234567890123456 }],
  ['force that is no flag', { force: 'yes' }],
  ['hosts with ports', { allowedHosts: ['a:80'] }],
  ['hosts that are no list', { allowedHosts: 'a' }],
  ['a header limit of nothing', { headerBytesMax: 0 }],
  ['no connections', { connectionsMax: 0 }],
  ['time that is not whole', { requestTimeoutMs: 1000.5 }],
  ['no object', null as unknown as object],
];

for (const [name, options] of WRONG) {
  test(`options are checked before anything is done: ${name}`, async (t) => {
    const volume = new FakeVolume();
    volume.failure = new Error('must not be asked');
    const error = await t.throwsAsync<Error & { code: string }>(serve(volume, options));
    t.regex(error.code, /^ERR_OPTION_(UNKNOWN|INVALID)$/);
    const { token } = (options ?? {}) as { token?: string };
    if (token !== undefined) t.false(error.message.includes(String(token)));
  });
}

test('docs/http.md gives the defaults and bounds that are enforced', (t) => {
  const rows = tableRows(readProjectFile('docs/http.md'), 'Option');
  const source = readProjectFile('src/volume/serve-options.ts');
  const declared = [...source.matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name as string);
  t.deepEqual(
    rows.map(({ Option }) => codeOf(Option)),
    declared,
  );
  const grouped = (value: number): string => value.toLocaleString('en-US');
  for (const [name, { default: value, min, max }] of Object.entries(SERVE_NUMBER_RULES)) {
    const row = rows.find(({ Option }) => codeOf(Option) === name);
    t.is(row?.Default, name === 'port' ? String(value) : grouped(value), name);
    t.is(row?.Values, `${grouped(min)} to ${grouped(max)}`, name);
    t.regex(source, new RegExp(`@defaultValue ${value} \\*/\\n\\s+readonly ${name}\\?`), name);
  }
});

test('without ref the server does not keep the process', async (t) => {
  await withServer({}, async ({ server, ask }) => {
    server.unref();
    t.is((await ask('/livez')).status, 200);
    server.ref();
    t.is((await ask('/livez')).status, 200);
  });
});
