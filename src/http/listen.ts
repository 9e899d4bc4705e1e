/** Listening: where, whether that is allowed, and what is said when it cannot be had. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VolumeError } from '../core/errors.js';
import type { ResolvedServeOptions } from '../volume/serve-options.js';
import { isLoopback } from './address.js';

type Place = Pick<ResolvedServeOptions, 'host' | 'port'>;

/**
 * The address that a host stands for. It is looked up once, so that what is judged is what is listened
 * on. Throws ERR_LISTEN_FAILED.
 */
export async function resolveHost({ host, port }: Place): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw listenFailed({ host, port }, error);
  }
}

/** Throws ERR_SERVE_EXPOSED for an address that other machines can reach, unless guarded or forced. */
export function refuseExposed(address: string, options: ResolvedServeOptions): void {
  if (isLoopback(address) || options.token !== undefined || options.force) return;
  throw new VolumeError(
    'ERR_SERVE_EXPOSED',
    `Other machines can reach ${options.host}, and there is no token that would keep them out.`,
    { hint: 'Give a token, listen on 127.0.0.1, or insist with `force` (`--force`).' },
  );
}

/** Resolves with the port that was taken. Throws ERR_LISTEN_FAILED. */
export async function listen(server: Server, address: string, place: Place): Promise<number> {
  try {
    const listening = once(server, 'listening');
    server.listen({ host: address, port: place.port, exclusive: true });
    await listening;
  } catch (error) {
    throw listenFailed(place, error);
  }
  return (server.address() as AddressInfo).port;
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: choose another port, or 0 for any that is free.',
  EACCES: 'Ports below 1024 take privileges: choose a higher one.',
  EADDRNOTAVAIL: 'This machine does not have that address: see `ip addr`.',
  ENOTFOUND: 'There is no such name: correct the host.',
  EAI_AGAIN: 'The name could not be looked up: give an address, or try again.',
};

function listenFailed({ host, port }: Place, cause: unknown): VolumeError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new VolumeError('ERR_LISTEN_FAILED', `Cannot listen on ${host}, port ${port} (${code}).`, {
    cause,
    hint: HINTS[code] ?? 'Choose another host or port.',
  });
}
