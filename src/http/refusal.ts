/** Answers that are no: a status, and small JSON with a code. docs/http.md lists every code. */
import { VolumeError } from '../core/errors.js';

/** Every code with its status. */
export const REFUSALS = {
  ERR_HTTP_BAD_REQUEST: 400,
  ERR_HTTP_TOKEN_REQUIRED: 401,
  ERR_HTTP_TOKEN_WRONG: 401,
  ERR_HTTP_CROSS_SITE: 403,
  ERR_HTTP_NOT_FOUND: 404,
  ERR_HTTP_METHOD: 405,
  ERR_HTTP_TIMEOUT: 408,
  ERR_HTTP_BODY: 413,
  ERR_HTTP_HOST: 421,
  ERR_HTTP_HEADERS_TOO_LARGE: 431,
  ERR_HTTP_INTERNAL: 500,
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export const JSON_TYPE = 'application/json; charset=utf-8';

interface RefusalBody {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export function refusalText({ code, message, hint }: RefusalBody): string {
  return `${JSON.stringify({ error: { code, message, hint } })}\n`;
}

export function jsonResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { 'content-type': JSON_TYPE, ...headers } });
}

export function refuse(
  code: RefusalCode,
  message: string,
  hint: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonResponse(REFUSALS[code], refusalText({ code, message, hint }), headers);
}

/**
 * A volume that cannot answer is not available; anything else is our bug, of which the caller learns
 * nothing and the process is warned.
 */
export function refuseFailure(error: unknown): Response {
  if (error instanceof VolumeError) {
    const { code, message, hint = null } = error;
    return jsonResponse(503, refusalText({ code, message, hint }));
  }
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  return refuse('ERR_HTTP_INTERNAL', 'The request could not be answered.');
}
