/** Nothing but `/livez` is answered without the token; a browser that asks for the page may sign in. */
import type { Context, MiddlewareHandler } from 'hono';
import type { Verdict } from './access.js';
import { pageResponse } from './page/document.js';
import { refuse } from './refusal.js';
import type { Served } from './served.js';

const OPEN_PATHS: readonly string[] = ['/livez'];
const CHALLENGE = { 'www-authenticate': 'Bearer realm="cabinetfs"' };

export function requireToken({ access, loginPage }: Served): MiddlewareHandler {
  return async (context, next) => {
    if (OPEN_PATHS.includes(context.req.path)) return next();
    const verdict = access.judge({
      authorization: context.req.header('authorization'),
      cookie: context.req.header('cookie'),
    });
    if (verdict === 'allowed') return next();
    return mayShowPage(context)
      ? pageResponse(401, loginPage, CHALLENGE)
      : refuseCredentials(verdict);
  };
}

export function refuseCredentials(verdict: Exclude<Verdict, 'allowed'>): Response {
  return verdict === 'wrong'
    ? refuse('ERR_HTTP_TOKEN_WRONG', 'The token is wrong.', null, CHALLENGE)
    : refuse(
        'ERR_HTTP_TOKEN_REQUIRED',
        'This server answers only with a token.',
        'Send the header: Authorization: Bearer <token>',
        CHALLENGE,
      );
}

function mayShowPage({ req }: Context): boolean {
  return req.path === '/' && (req.header('accept') ?? '').includes('text/html');
}
