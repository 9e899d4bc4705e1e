/** Requests as they go over the wire: any method, header or half a request. */
import { once } from 'node:events';
import { type Agent, type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { serve } from '#src/http/serve.js';
import type { ServeOptions, VolumeServer } from '#src/index.js';
import { FakeVolume } from './fake-volume.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
}

/** A request on a connection of its own, unless an agent keeps one. */
export async function ask(
  { host, port }: { readonly host: string; readonly port: number },
  path: string,
  { method = 'GET', headers = {}, body, agent }: Asked = {},
): Promise<Answer> {
  const options: RequestOptions = { host, port, path, method, headers, agent: agent ?? false };
  const asked = request(options);
  asked.end(body);
  const [answer] = await once(asked, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

export function codeIn({ body }: Answer): string {
  return (JSON.parse(body) as { error: { code: string } }).error.code;
}

/** A connection on which anything may be written. */
export async function openSocket({ port }: { readonly port: number }): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the other side ends. */
export async function readToEnd(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (piece: string) => {
    received += piece;
  });
  socket.on('error', () => undefined);
  if (!socket.closed) await once(socket, 'close');
  return received;
}

export interface ServedFake {
  readonly volume: FakeVolume;
  readonly server: VolumeServer;
  ask(path: string, asked?: Asked): Promise<Answer>;
}

/** Serves a fake volume on a free port, and closes it however the test ends. */
export async function withServer(
  options: ServeOptions,
  work: (served: ServedFake) => Promise<void>,
): Promise<void> {
  const volume = new FakeVolume();
  await using server = await serve(volume, { port: 0, ...options });
  await work({ volume, server, ask: (path, asked) => ask(server, path, asked) });
}
