/** `GET /livez`: the process answers. Needs no token: it tells nothing else. */
import type { Handler } from 'hono';
import { jsonResponse } from '../refusal.js';

export function livez(): Handler {
  return () => jsonResponse(200, '{"live":true}\n');
}
