/**
 * Who may ask: the bearer token, and the sessions of browsers, which cannot send one with a page.
 *
 * A session begins with the token and is a random number in a cookie that scripts cannot read and other
 * sites cannot make a browser send. The token itself is in no cookie, no URL and no log.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Longest a browser stays signed in, in milliseconds. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** Most browsers signed in at once; then the oldest is signed out. */
export const SESSIONS_MAX = 64;
const SESSION_BYTES = 32;
const COOKIE_PAIR = /(?:^|;\s*)([^=;\s]+)=([^;\s]*)/g;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export type Verdict = 'allowed' | 'missing' | 'wrong';

/** What is looked at of a request. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

export class Access {
  readonly #token: Buffer | undefined;
  readonly #nowMs: () => number;
  /** By the hash of its number, oldest first: when it ends. */
  readonly #sessions = new Map<string, number>();
  #cookieName = 'cabinetfs';

  constructor(token: string | undefined, nowMs: () => number = () => performance.now()) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#nowMs = nowMs;
  }

  get isOpenToAll(): boolean {
    return this.#token === undefined;
  }

  /** Browsers share the cookies of a host among its ports: the name tells servers apart. */
  nameCookieFor(port: number): void {
    this.#cookieName = `cabinetfs-${port}`;
  }

  judge(credentials: Credentials): Verdict {
    if (this.#token === undefined) return 'allowed';
    if (credentials.authorization !== undefined) return this.judgeToken(credentials.authorization);
    return this.#sessionIn(credentials.cookie) === undefined ? 'missing' : 'allowed';
  }

  /** Of the token alone, as a session begins with it. */
  judgeToken(authorization: string | undefined): Verdict {
    if (this.#token === undefined) return 'allowed';
    if (authorization === undefined) return 'missing';
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    // Hashes are of one length and compared in constant time: neither tells how much was right.
    return timingSafeEqual(digest(given), this.#token) ? 'allowed' : 'wrong';
  }

  /** Begins a session; returns the value of `Set-Cookie`. */
  beginSession(): string {
    const number = randomBytes(SESSION_BYTES).toString('base64url');
    this.#sessions.set(digest(number).toString('hex'), this.#nowMs() + SESSION_MS);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= SESSIONS_MAX) break;
      this.#sessions.delete(oldest);
    }
    return this.#cookie(number, SESSION_MS / 1000);
  }

  /** Ends the session of a cookie; returns the value of `Set-Cookie` that takes it away. */
  endSession(cookie: string | undefined): string {
    const session = this.#sessionIn(cookie);
    if (session !== undefined) this.#sessions.delete(session);
    return this.#cookie('', 0);
  }

  #cookie(value: string, seconds: number): string {
    return `${this.#cookieName}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
  }

  #sessionIn(cookie: string | undefined): string | undefined {
    for (const [, name, value = ''] of (cookie ?? '').matchAll(COOKIE_PAIR)) {
      if (name !== this.#cookieName) continue;
      const session = digest(value).toString('hex');
      if ((this.#sessions.get(session) ?? 0) > this.#nowMs()) return session;
      this.#sessions.delete(session);
    }
    return undefined;
  }
}
