/** Options of `volume.serve`: effect, unit, default and bounds. docs/http.md lists the same. */
import { VolumeError } from '../core/errors.js';
import { describeValue, rejectUnknownOptions } from '../core/option-rules.js';

export interface ServeOptions {
  /** Name or address to listen on. Other machines can reach anything but a loopback address. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Port to listen on; 0 takes any that is free. @defaultValue 9464 */
  readonly port?: number;
  /** What a caller has to know: `Authorization: Bearer <token>`. 16 to 1,024 visible ASCII characters. */
  readonly token?: string | undefined;
  /** Listen where other machines can reach it even without a token. @defaultValue false */
  readonly force?: boolean;
  /** More names that callers may use for this server, in the header `Host`. @defaultValue [] */
  readonly allowedHosts?: readonly string[];
  /** Most bytes of the request line and the headers; then 431. @defaultValue 8192 */
  readonly headerBytesMax?: number;
  /** Most connections at once; further ones are closed. @defaultValue 64 */
  readonly connectionsMax?: number;
  /** Longest a request may take to arrive, in milliseconds; then 408. @defaultValue 10000 */
  readonly requestTimeoutMs?: number;
}

export interface ResolvedServeOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly force: boolean;
  readonly allowedHosts: readonly string[];
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  readonly requestTimeoutMs: number;
}

export const TOKEN_LENGTH_MIN = 16;
export const TOKEN_LENGTH_MAX = 1024;

export interface NumberRule {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

type NumberName = 'port' | 'headerBytesMax' | 'connectionsMax' | 'requestTimeoutMs';

/** Every option that is a whole number. */
export const SERVE_NUMBER_RULES: Readonly<Record<NumberName, NumberRule>> = {
  port: { default: 9464, min: 0, max: 65_535 },
  headerBytesMax: { default: 8192, min: 1024, max: 65_536 },
  connectionsMax: { default: 64, min: 1, max: 10_000 },
  requestTimeoutMs: { default: 10_000, min: 100, max: 600_000 },
};

export const SERVE_HOST_DEFAULT = '127.0.0.1';

const NAMES = ['host', 'token', 'force', 'allowedHosts', ...Object.keys(SERVE_NUMBER_RULES)];
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Validates `options` and fills in the defaults. ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID. */
export function resolveServeOptions(options: ServeOptions = {}): ResolvedServeOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalid('The options of `serve` must be an object.');
  }
  rejectUnknownOptions(options, NAMES);
  return {
    host: hostOf(options.host),
    port: numberOf('port', options.port),
    token: tokenOf(options.token),
    force: forceOf(options.force),
    allowedHosts: allowedHostsOf(options.allowedHosts),
    headerBytesMax: numberOf('headerBytesMax', options.headerBytesMax),
    connectionsMax: numberOf('connectionsMax', options.connectionsMax),
    requestTimeoutMs: numberOf('requestTimeoutMs', options.requestTimeoutMs),
  };
}

function invalid(message: string): VolumeError {
  return new VolumeError('ERR_OPTION_INVALID', message, { hint: 'See docs/http.md.' });
}

function numberOf(name: NumberName, value: unknown): number {
  const rule = SERVE_NUMBER_RULES[name];
  if (value === undefined) return rule.default;
  const fits = typeof value === 'number' && Number.isInteger(value);
  if (!fits || value < rule.min || value > rule.max) {
    throw invalid(
      `Option '${name}' must be a whole number from ${rule.min} to ${rule.max}, got ${describeValue(value)}.`,
    );
  }
  return value;
}

function hostOf(value: unknown): string {
  if (value === undefined) return SERVE_HOST_DEFAULT;
  // An empty host would mean every address there is.
  if (typeof value === 'string' && /^[^\s/]+$/.test(value))
    return value.replace(/^\[(.*)\]$/, '$1');
  throw invalid(`Option 'host' must be a name or an address, got ${describeValue(value)}.`);
}

/** The value itself is never part of a message. */
function tokenOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !VISIBLE_ASCII.test(value)) {
    throw invalid("Option 'token' must consist of visible ASCII characters.");
  }
  if (value.length < TOKEN_LENGTH_MIN || value.length > TOKEN_LENGTH_MAX) {
    throw new VolumeError(
      'ERR_OPTION_INVALID',
      `Option 'token' must have ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} characters, it has ${value.length}.`,
      { hint: 'Make one with: openssl rand -hex 32' },
    );
  }
  return value;
}

function forceOf(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalid(`Option 'force' must be true or false, got ${describeValue(value)}.`);
}

function allowedHostsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const names: unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (names?.every((name) => typeof name === 'string' && /^[^\s/:]+$/.test(name))) {
    return names.map((name) => String(name).toLowerCase());
  }
  throw invalid("Option 'allowedHosts' must be a list of names without ports.");
}
