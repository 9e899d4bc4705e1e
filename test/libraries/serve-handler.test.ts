/**
 * serve-handler, the server of static files that takes a filesystem (`send` and its kin do not), answers
 * from a volume as from the disk: whole files, ranges, tags, listings, errors.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import test from 'ava';
import serveHandler from 'serve-handler';
import { addOddities, type Place, withPlaces } from './places.js';

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number | undefined;
  /** Its headers, without the date. */
  readonly said: IncomingHttpHeaders;
  /** The length that it was said to have, where that can be the same in both places. */
  readonly declared: string | boolean | undefined;
  readonly length: number;
  readonly digest: string;
}

const BIG = '/node_modules/better-sqlite3/build/Release/better_sqlite3.node';
const RANGES = ['0-0', '0-99', '65535-65537', '100000-1200000', '-1', '-70000', '5-', '0-', '3-1'];

const REQUESTS: readonly Asked[] = [
  { path: '/' },
  { path: '/docs' },
  { path: '/docs', headers: { accept: 'application/json' } },
  { path: '/README.md' },
  { path: '/README.md', method: 'HEAD' },
  { path: '/README.md', headers: { range: 'bytes=0-1,4-5' } },
  { path: '/README.md', headers: { range: 'bytes=99999999-' } },
  { path: '/README.md', headers: { range: 'lines=1-2' } },
  { path: '/README.md/below' },
  { path: '/missing' },
  { path: '/missing', headers: { accept: 'application/json' } },
  { path: '/..%2f..%2fetc/passwd' },
  { path: '/%E0%A4%A' },
  { path: '/odd/link.ts' },
  { path: '/odd/dangling' },
  { path: '/odd/.hidden/below/file.ts' },
  { path: BIG },
  ...RANGES.map((range) => ({ path: BIG, headers: { range: `bytes=${range}` } })),
];

const CONFIGURATIONS = [
  { etag: false, symlinks: false },
  { etag: true, symlinks: true },
] as const;

/** Runs `fn` with the address of a server of the place. */
async function serving<T>(
  { fs, root }: Place,
  config: (typeof CONFIGURATIONS)[number],
  fn: (port: number) => Promise<T>,
): Promise<T> {
  const methods = {
    lstat: promisify(fs.lstat),
    realpath: promisify(fs.realpath),
    readdir: promisify(fs.readdir),
    createReadStream: fs.createReadStream,
  };
  const server = createServer((asked, response) => {
    void serveHandler(asked, response, { ...config, public: root }, methods as object);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await fn((server.address() as AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

async function ask(
  port: number,
  root: string,
  { path, method = 'GET', headers = {} }: Asked,
): Promise<Answer> {
  // The client of `http` sends a path as it is given.
  const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  const [response] = (await once(asked.end(), 'response')) as [IncomingMessage];
  const body = await buffer(response);
  const { date: _, 'content-length': length, ...said } = response.headers;
  // A listing in JSON has the paths of its entries on the server.
  const text = body.toString('latin1').replaceAll(root, '');
  const declared = text.length === body.length ? length : Number(length) === body.length;
  const digest = createHash('sha256').update(text).digest('hex');
  return { status: response.statusCode, said, declared, length: text.length, digest };
}

for (const config of CONFIGURATIONS) {
  test(`serve-handler answers as from the disk: ${JSON.stringify(config)}`, async (t) => {
    const parts = ['docs', 'README.md', BIG.slice(1)];
    await withPlaces(t, { parts, add: addOddities }, async ({ disk, volume }) => {
      const answers = (place: Place): Promise<object[]> =>
        serving(place, config, async (port) => {
          const all: object[] = [];
          for (const asked of REQUESTS) all.push(await ask(port, place.root, asked));
          const etag = String((await ask(port, place.root, { path: BIG })).said.etag);
          const again = { path: BIG, headers: { 'if-none-match': etag } };
          const { status } = await ask(port, place.root, again);
          t.is(status, config.etag ? 304 : 200);
          return all;
        });
      const [expected, given] = [await answers(disk), await answers(volume)];
      for (const [index, asked] of REQUESTS.entries()) {
        t.deepEqual(given[index], expected[index], JSON.stringify(asked));
      }
    });
  });
}
