/**
 * `POST /session` with the token begins a session of a browser, `DELETE /session` ends it. Neither takes
 * a body; another site can make a browser send neither header nor cookie.
 */
import type { Context, Handler } from 'hono';
import { refuse } from '../refusal.js';
import { refuseCredentials } from '../require-token.js';
import type { Served } from '../served.js';

export function beginSession({ access }: Served): Handler {
  return (context) => {
    if (isCrossSite(context)) return refuseCrossSite();
    // The token itself: a session does not prolong itself.
    const verdict = access.judgeToken(context.req.header('authorization'));
    if (verdict !== 'allowed') return refuseCredentials(verdict);
    return new Response(null, { status: 204, headers: { 'set-cookie': access.beginSession() } });
  };
}

export function endSession({ access }: Served): Handler {
  return (context) => {
    if (isCrossSite(context)) return refuseCrossSite();
    const cookie = access.endSession(context.req.header('cookie'));
    return new Response(null, { status: 204, headers: { 'set-cookie': cookie } });
  };
}

/** Browsers say where a request comes from; other programs do not. */
function isCrossSite(context: Context): boolean {
  const site = context.req.header('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function refuseCrossSite(): Response {
  return refuse('ERR_HTTP_CROSS_SITE', 'Another site may not begin or end a session.');
}
