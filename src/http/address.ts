/**
 * Addresses and names: which are of this machine alone, and which names a caller may use.
 *
 * WHY names are looked at: a web page from anywhere may let its own name lead to 127.0.0.1 and have a
 * browser on this machine read from us (DNS rebinding). The header `Host` then tells its name.
 */
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');
LOOPBACK.addAddress('::1', 'ipv6');

export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** As it stands in a URL: an address of version 6 in brackets. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** A name to reach a server by that listens on `host`; every address includes this machine's own. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** The name in a header `Host`, without port and brackets, in small letters. */
function nameIn(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
}

export interface HostPolicy {
  /** The host that was asked for. */
  readonly host: string;
  /** The address that is listened on. */
  readonly address: string;
  readonly hasToken: boolean;
  readonly allowedHosts: readonly string[];
}

/**
 * Whether a header `Host` is one that this server answers to. A page that rebinds has neither the token
 * nor the cookie, so that with a token, away from loopback, any name will do. An address is safe from
 * rebinding, which takes a name.
 */
export function createHostCheck(policy: HostPolicy): (header: string | undefined) => boolean {
  const { host, address, hasToken, allowedHosts } = policy;
  const own = isLoopback(address);
  if (hasToken && !own) return () => true;
  const names = new Set(['localhost', host.toLowerCase(), ...allowedHosts]);
  return (header) => {
    // Every browser sends it; what does not is a probe of HTTP/1.0.
    if (header === undefined) return true;
    const name = nameIn(header);
    if (names.has(name)) return true;
    return own ? isLoopback(name) : isIP(name) !== 0;
  };
}
