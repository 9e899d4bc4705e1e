/**
 * Bytes on the connections of a server that are no good request, or half of one: answered with a refusal or
 * the end of the connection, and the server stays up, quick and small.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import type { VolumeServer } from '#src/index.js';
import { ask } from '../http/client.js';
import { withVolume } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { fuzz } from './runs.js';

const TOKEN = 'a-token-of-the-test';
const OPTIONS = { port: 0, token: TOKEN, requestTimeoutMs: 400, connectionsMax: 40 } as const;
/** Everything that a request of nobody may be answered with; 2xx is for good ones that chance made. */
const ANSWER = /^HTTP\/1\.1 (?:100|200|204|400|401|403|404|405|408|413|417|421|431) /;
/** A connection ends within its time and that of the look at it. */
const END_MS_MAX = 20_000;
const MEMORY_BYTES_MAX = 150 * 1024 * 1024;

const method = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'DELETE',
  'OPTIONS',
  'PUT',
  'CONNECT',
  'TRACE',
  'get',
  'G ET',
  '',
  'X'.repeat(300),
);
const target = fc.constantFrom(
  ...['/', '/livez', '/healthz', '/metrics', '/status.json', '/session', '/readyz', '*', ''],
  ...[
    '/status.json?after=',
    '/status.json?after=-1',
    '/status.json?after=9e99',
    '/status.json?after=%00',
  ],
  ...[
    '/../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/',
    '//livez',
    '/livez/',
    '/livez/../metrics',
    '/%',
    '/%ff',
  ],
  ...[
    '/livez#x',
    '/livez?x=1',
    'http://localhost/metrics',
    'http://evil/metrics',
    'https://[::1',
    '/\\livez',
    '/l ivez',
  ],
  ...[`/${'a'.repeat(9000)}`, '/\u0000', '/livez%0d%0aX: y', '/grüße', '/;', '/LIVEZ'],
);
const version = fc.constantFrom(
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2',
  'HTTP/0.9',
  'HTP/1.1',
  '',
);
const header = fc.constantFrom(
  ...[
    'host: localhost',
    'host: 127.0.0.1',
    'Host: evil.example',
    'host:',
    'host: localhost, evil',
    'host: [::1]:80',
  ],
  ...[
    `authorization: Bearer ${TOKEN}`,
    'authorization: Bearer wrong',
    'authorization: Bearer',
    'authorization: Basic eDp5',
  ],
  ...[
    'authorization: ',
    `authorization: Bearer ${'t'.repeat(4000)}`,
    `authorization: bearer  ${TOKEN} `,
  ],
  ...[
    'content-length: 0',
    'content-length: 5',
    'content-length: -1',
    'content-length: 99999999999999999999',
    'content-length: x',
  ],
  ...[
    'transfer-encoding: chunked',
    'transfer-encoding: chunked, chunked',
    'transfer-encoding: gzip',
    'expect: 100-continue',
  ],
  ...[
    'connection: close',
    'connection: keep-alive',
    'connection: upgrade',
    'upgrade: websocket',
    'accept: text/html',
  ],
  ...[
    'cookie: cabinetfs-1=x',
    'cookie: ;;;=;',
    'origin: http://evil',
    'sec-fetch-site: cross-site',
    'x',
  ],
  ...[' folded', 'x : y', 'x: \u0001', ': y', `x: ${'y'.repeat(9000)}`, 'x: grüße', '\u0000: x'],
);
const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n');
const body = fc.constantFrom(
  '',
  '',
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffff\r\n',
  'z\r\n',
  '0\r\n\r\n',
);

/** A request, or what looks like one. */
const request = fc
  .tuple(method, target, version, fc.array(header, { maxLength: 6 }), lineEnd, body)
  .map(([verb, path, protocol, headers, end, content]) =>
    [`${verb} ${path} ${protocol}`.trimEnd(), 'host: localhost', ...headers, '', content].join(end),
  );
const noise = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

interface Talk {
  /** Pieces as they are written; several requests may be in one, or one in several. */
  readonly pieces: readonly string[];
  readonly pauseMs: number;
  /** How the other side ends: it waits, says that nothing comes any more, or is gone. */
  readonly end: 'wait' | 'end' | 'destroy';
}

const talk: fc.Arbitrary<Talk> = fc.record({
  pieces: fc
    .tuple(
      fc.array(fc.oneof({ weight: 5, arbitrary: request }, noise), { minLength: 1, maxLength: 4 }),
      fc.nat(60),
    )
    .map(([texts, cut]) => {
      const all = texts.join('');
      return cut > 40 ? [all.slice(0, cut), all.slice(cut)] : texts;
    }),
  pauseMs: fc.constantFrom(0, 0, 0, 5),
  end: fc.constantFrom('wait', 'end', 'end', 'destroy'),
});

async function open({ port }: VolumeServer): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  // What is not taken keeps a connection from being seen to end.
  socket.resume();
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** What came back until the connection ended. */
async function talkTo(server: VolumeServer, { pieces, pauseMs, end }: Talk): Promise<string> {
  const socket = await open(server);
  const received: Buffer[] = [];
  socket.on('data', (piece: Buffer) => received.push(piece));
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  for (const piece of pieces) {
    if (socket.writable) socket.write(Buffer.from(piece, 'latin1'));
    if (pauseMs > 0) await pause(pauseMs);
  }
  if (end === 'end') socket.end();
  if (end === 'destroy') socket.destroy();
  const timer = setTimeout(() => socket.destroy(new Error('too long')), END_MS_MAX);
  let failed: Error | undefined;
  socket.once('error', (error) => {
    if (error.message === 'too long') failed = error;
  });
  await closed;
  clearTimeout(timer);
  if (failed !== undefined) throw new Error('the connection was still open after its time');
  return Buffer.concat(received).toString('latin1');
}

test.serial('whatever comes is refused or ends, and health still answers', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await using server = await volume.serve(OPTIONS);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const rss = process.memoryUsage.rss();
    await fuzz(t, fc.array(talk, { minLength: 1, maxLength: 12 }), 40, async (talks) => {
      const answers = await Promise.all(talks.map((each) => talkTo(server, each)));
      for (const [index, answer] of answers.entries()) {
        if (answer !== '' && !ANSWER.test(answer)) {
          throw new Error(`answered ${answer.slice(0, 200)} to ${JSON.stringify(talks[index])}`);
        }
      }
      const health = await ask(server, '/healthz', { headers });
      if (health.status !== 200) throw new Error(`health: ${health.status} ${health.body}`);
    });
    const grown = process.memoryUsage.rss() - rss;
    t.true(grown < MEMORY_BYTES_MAX, `${grown} bytes more`);
  });
});

test.serial('nothing that is guessed or damaged of a token is let in', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await using server = await volume.serve(OPTIONS);
    const guess = fc
      .oneof(
        fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
        fc
          .tuple(fc.nat(TOKEN.length - 1), fc.integer({ min: 33, max: 126 }))
          .map(([at, to]) => TOKEN.slice(0, at) + String.fromCharCode(to) + TOKEN.slice(at + 1)),
        fc.nat(TOKEN.length).map((length) => TOKEN.slice(0, length)),
        fc.constantFrom(`${TOKEN}x`, `${TOKEN},x`, `"${TOKEN}"`, TOKEN.toUpperCase(), `${TOKEN}\t`),
      )
      .filter((text) => text.trim() !== TOKEN && !/[\r\n]/.test(text));
    const scheme = fc.constantFrom('Bearer ', 'bearer ', 'Basic ', '', 'Bearer  ', 'Token ');
    await fuzz(t, fc.tuple(scheme, guess), 150, async ([name, text]) => {
      const { status } = await ask(server, '/metrics', {
        headers: { authorization: `${name}${text}` },
      });
      if (status !== 401) throw new Error(`${status} to ${name}${text}`);
    });
  });
});

test.serial('slow and silent callers take every place only until their time is over', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await using server = await volume.serve(OPTIONS);
    const sockets = await Promise.all(Array.from({ length: 120 }, () => open(server)));
    const drips = sockets.map((socket, index) =>
      setInterval(() => {
        if (socket.writable)
          socket.write(index % 2 === 0 ? 'GET /livez HTTP/1.1\r\nx: y\r\n' : 'G');
      }, 50),
    );
    await until('a place is free', () =>
      ask(server, '/livez').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    for (const drip of drips) clearInterval(drip);
    await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
    t.is((await ask(server, '/livez')).status, 200);
  });
});
