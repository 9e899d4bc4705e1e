/** What a probe and a scrape take over HTTP, on a connection that is kept, against a server that does nothing. */
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openCabinet } from '../contenders/cabinet.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { verify } from '../harness/verify.js';

const PLAIN = 'node:http, a constant text';
const PATHS = ['/livez', '/healthz', '/metrics', '/status.json'] as const;
const LATENCY_MAX_MS = 5;
const WARM_UP = 100;

export const httpScenario: Scenario = {
  name: 'http',
  about: 'latency of probes and scrapes over HTTP',
  groups: ({ quick }) => {
    const count = quick ? 300 : 1000;
    return [
      {
        title: `GET, one after the other, ${count} times`,
        metrics: [
          { key: 'p50', label: 'p50 ms' },
          { key: 'p99', label: 'p99 ms' },
          { key: 'bytes', label: 'bytes' },
        ],
        contenders: [plain(count), ...PATHS.map((path) => served(path, count))],
        goals: [goal('/healthz', 'health'), goal('/metrics', 'scrape')],
      },
    ];
  },
};

function goal(path: string, what: string): Goal {
  return {
    label: `${what} over HTTP, p99`,
    of: [nameOf(path), 'p99'],
    unit: 'ms',
    bound: { atMost: LATENCY_MAX_MS },
  };
}

function nameOf(path: string): string {
  return `cabinetfs GET ${path}`;
}

function plain(count: number): Contender {
  return {
    name: PLAIN,
    run: async () => {
      const server = createServer((_request, answer) => answer.end('nothing'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const readings = await measure(`http://127.0.0.1:${port}/`, count);
      server.close();
      return readings;
    },
  };
}

function served(path: string, count: number): Contender {
  return {
    name: nameOf(path),
    run: async ({ folder }) => {
      const { volume, close } = await openCabinet(folder);
      await volume.fs.promises.writeFile('/file', 'content');
      const server = await volume.serve({ port: 0 });
      const readings = await measure(server.url + path, count);
      await close();
      return readings;
    },
  };
}

async function measure(url: string, count: number): Promise<Readings> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  let bytes = 0;
  for (let index = -WARM_UP; index < count; index += 1) {
    const startedMs = performance.now();
    const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
    bytes = (await text(answer)).length;
    if (index >= 0) times.push(performance.now() - startedMs);
    verify(answer.statusCode === 200, `${url} answered ${answer.statusCode}`);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] as number;
  return { p50: at(0.5), p99: at(0.99), bytes };
}
