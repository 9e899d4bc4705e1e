/**
 * The HTTP server itself with every limit it has: bytes of headers, time of a request, connections. What
 * is no request at all is answered here, before any path is looked at.
 */
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ResolvedServeOptions } from '../volume/serve-options.js';
import {
  JSON_TYPE,
  REFUSALS,
  type RefusalCode,
  refusalText,
  refuse,
  refuseFailure,
} from './refusal.js';
import { SECURITY_HEADER_LINES, setSecurityHeaders } from './security-headers.js';

/** How long a connection without a request stays open, in milliseconds. */
const KEEP_ALIVE_MS = 5000;
/** How often connections are looked at for requests that take too long, in milliseconds, at most. */
const TIMEOUT_CHECK_MS = 1000;

type Limits = Pick<ResolvedServeOptions, 'headerBytesMax' | 'connectionsMax' | 'requestTimeoutMs'>;

export function createHttpServer(app: Hono, limits: Limits): Server {
  const { headerBytesMax, connectionsMax, requestTimeoutMs } = limits;
  const listener = getRequestListener(app.fetch, {
    // For requests of HTTP/1.0, which may come without a host.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler: refuseUnreadable,
  });
  const server = createServer(
    {
      maxHeaderSize: headerBytesMax,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeoutMs),
    },
    listener,
  );
  // For who asks and does not take the answer.
  server.setTimeout(requestTimeoutMs + KEEP_ALIVE_MS);
  server.maxConnections = connectionsMax;
  // Who comes next finds a place, if any connection has none but waited.
  server.on('drop', () => server.closeIdleConnections());
  server.on('clientError', answerClientError);
  return server;
}

/** A request line that makes no URL; what fails later is answered by the app. */
function refuseUnreadable(error: unknown): Response {
  const isRequest = error instanceof Error && error.name === 'RequestError';
  const answer = isRequest
    ? refuse('ERR_HTTP_BAD_REQUEST', 'The request cannot be read.')
    : refuseFailure(error);
  setSecurityHeaders(answer.headers);
  return answer;
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [RefusalCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['ERR_HTTP_HEADERS_TOO_LARGE', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['ERR_HTTP_TIMEOUT', 'The request took too long to arrive.'],
};

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [code, message] = CLIENT_ERRORS[error.code ?? ''] ?? [
    'ERR_HTTP_BAD_REQUEST',
    'The request cannot be read.',
  ];
  socket.end(rawAnswer(code, refusalText({ code, message, hint: null })));
}

function rawAnswer(code: RefusalCode, body: string): string {
  const status = REFUSALS[code];
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    `content-type: ${JSON_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...SECURITY_HEADER_LINES,
    '',
    body,
  ].join('\r\n');
}
