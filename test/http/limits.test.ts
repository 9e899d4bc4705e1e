/** Bounds on what a caller can take: bytes, time, connections. */
import { once } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import test from 'ava';
import { until } from '../support/until.js';
import { ask as askAnywhere, codeIn, openSocket, readToEnd, withServer } from './client.js';

test('headers above the limit are 431, and the connection ends', async (t) => {
  await withServer({ headerBytesMax: 2048 }, async ({ ask, server }) => {
    t.is((await ask('/livez', { headers: { 'x-long': 'x'.repeat(1500) } })).status, 200);
    const socket = await openSocket(server);
    socket.write(`GET /livez HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(4000)}\r\n\r\n`);
    const received = await readToEnd(socket);
    t.regex(received, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    t.regex(received, /"ERR_HTTP_HEADERS_TOO_LARGE"/);
    t.regex(received, /\r\nconnection: close\r\n.*\r\nx-content-type-options: nosniff\r\n/s);
  });
});

test('a request that comes in drops ends after its time', async (t) => {
  await withServer({ requestTimeoutMs: 200 }, async ({ server, ask }) => {
    const slow = await openSocket(server);
    slow.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n');
    // A header line each 20 ms: never idle, never done.
    let lines = 0;
    const drip = setInterval(() => {
      lines += 1;
      if (slow.writable) slow.write(`x-${lines}: y\r\n`);
    }, 20);
    const received = await readToEnd(slow).finally(() => clearInterval(drip));
    t.regex(received, /^HTTP\/1\.1 408 Request Timeout\r\n.*"ERR_HTTP_TIMEOUT"/s);
    t.is((await ask('/livez')).status, 200);
  });
});

test('a connection on which nothing comes ends after its time', async (t) => {
  await withServer({ requestTimeoutMs: 200 }, async ({ server }) => {
    const silent = await openSocket(server);
    t.notThrows(() => silent.resume());
    if (!silent.closed) await once(silent, 'close');
    t.true(silent.closed);
  });
});

test('a request with a body is 413, and the body is not read', async (t) => {
  await withServer({}, async ({ ask, server }) => {
    for (const method of ['GET', 'POST']) {
      const answer = await ask('/livez', {
        method,
        body: 'hello',
        headers: { 'content-length': '5' },
      });
      t.is(answer.status, 413);
      t.is(codeIn(answer), 'ERR_HTTP_BODY');
      t.is(answer.headers.connection, 'close');
    }
    const socket = await openSocket(server);
    socket.write('POST /livez HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
    t.regex(await readToEnd(socket), /^HTTP\/1\.1 413 /);
  });
});

test('what is no request is 400 and ends the connection', async (t) => {
  await withServer({}, async ({ server, ask }) => {
    const nonsense = [
      'nonsense\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      'GET /livez HTTP/1.1\r\n\r\n',
    ];
    for (const text of [...nonsense, 'GET /livez HTTP/1.1\r\nhost: a\r\nhost : b\r\n\r\n']) {
      const socket = await openSocket(server);
      socket.write(text);
      t.regex(await readToEnd(socket), /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(text));
    }
    t.is((await ask('/livez')).status, 200);
  });
});

test('connections above the limit are closed, and places become free again', async (t) => {
  await withServer({ connectionsMax: 3, requestTimeoutMs: 60_000 }, async ({ server, ask }) => {
    const held: Socket[] = [];
    for (let index = 0; index < 3; index += 1) {
      const socket = await openSocket(server);
      socket.write('GET /livez HTTP/1.1\r\n');
      held.push(socket);
    }
    await t.throwsAsync(ask('/livez'), { code: 'ECONNRESET' });
    held[0]?.destroy();
    await until('a free place', () =>
      ask('/livez').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    for (const socket of held) socket.destroy();
    t.pass();
  });
});

test('connections that only wait give way to a new one', async (t) => {
  await withServer({ connectionsMax: 2 }, async ({ server, ask }) => {
    const agent = new Agent({ keepAlive: true });
    await Promise.all([ask('/livez', { agent }), ask('/livez', { agent })]);
    t.is(Object.values(agent.freeSockets).flat().length, 2, 'both places are taken');
    await until('a free place', () =>
      askAnywhere(server, '/livez').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    agent.destroy();
    t.pass();
  });
});

test('many requests at once are all answered over few connections', async (t) => {
  await withServer({ connectionsMax: 8 }, async ({ ask }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const paths = ['/livez', '/readyz', '/healthz', '/metrics', '/status.json', '/'];
    const asked = Array.from({ length: 600 }, (_, index) =>
      ask(paths[index % 6] as string, { agent }),
    );
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
    agent.destroy();
    t.deepEqual([...statuses], [200]);
  });
});
