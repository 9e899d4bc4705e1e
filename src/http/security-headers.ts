/**
 * Headers on every answer: never stored, never framed, never read by another site. Only a page may run a
 * script, and only the one whose hash is named.
 */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

const NOTHING_ALLOWED =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': NOTHING_ALLOWED,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Sets what the answer has not set itself. */
export function setSecurityHeaders(headers: {
  has(name: string): boolean;
  set(name: string, value: string): void;
}): void {
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!headers.has(name)) headers.set(name, value);
  }
}

export function securityHeaders(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    setSecurityHeaders(context.res.headers);
  };
}

/** For answers that are written without the framework. */
export const SECURITY_HEADER_LINES: readonly string[] = Object.entries(HEADERS).map(
  ([name, value]) => `${name}: ${value}`,
);

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The policy of a document with one style and one script inside, which talks to this server only. */
export function pagePolicy(style: string, script: string): string {
  return [
    NOTHING_ALLOWED,
    `style-src ${hashSource(style)}`,
    `script-src ${hashSource(script)}`,
    "connect-src 'self'",
    'img-src data:',
    // Text from the volume cannot become markup, even by a mistake of ours.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
