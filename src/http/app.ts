/** The paths of the server and what stands before them, in the order in which it is asked. */
import { Hono, type MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { healthz } from './endpoints/healthz.js';
import { livez } from './endpoints/livez.js';
import { metrics } from './endpoints/metrics.js';
import { readyz } from './endpoints/readyz.js';
import { beginSession, endSession } from './endpoints/session.js';
import { statusJson } from './endpoints/status-json.js';
import { statusPage } from './endpoints/status-page.js';
import { refuse, refuseFailure } from './refusal.js';
import { requireToken } from './require-token.js';
import { securityHeaders } from './security-headers.js';
import type { Served } from './served.js';

export function createApp(served: Served): Hono {
  const app = new Hono();
  app.use(securityHeaders(), requireOwnHost(served), refuseBody(), requireToken(served));
  app.use(
    methodNotAllowed({ app, onMethodNotAllowed: (_context, methods) => refuseMethod(methods) }),
  );
  app.get('/livez', livez());
  app.get('/readyz', readyz(served));
  app.get('/healthz', healthz(served));
  app.get('/metrics', metrics(served));
  app.get('/status.json', statusJson(served));
  app.get('/', statusPage(served));
  if (!served.access.isOpenToAll) {
    app.post('/session', beginSession(served));
    app.delete('/session', endSession(served));
  }
  app.notFound(() => refuse('ERR_HTTP_NOT_FOUND', 'There is nothing at this path.'));
  app.onError(refuseFailure);
  return app;
}

function requireOwnHost({ isOwnHost }: Served): MiddlewareHandler {
  return async (context, next) => {
    if (isOwnHost(context.req.header('host'))) return next();
    return refuse(
      'ERR_HTTP_HOST',
      'This server does not go by the name in the header Host.',
      'Allow the name with `allowedHosts`, or `--allow-host` of `cabinet serve`.',
    );
  };
}

/** No path takes a body. What was sent is not read: the connection ends with the answer. */
function refuseBody(): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const hasLength = Number(req.header('content-length') ?? 0) !== 0;
    if (!hasLength && req.header('transfer-encoding') === undefined) return next();
    return refuse('ERR_HTTP_BODY', 'No request here takes a body.', null, { connection: 'close' });
  };
}

function refuseMethod(methods: readonly string[]): Response {
  const allow = methods.join(', ');
  return refuse('ERR_HTTP_METHOD', `This path answers to ${allow}.`, null, { allow });
}
