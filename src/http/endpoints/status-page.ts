/** `GET /`: the page for people. */
import type { Handler } from 'hono';
import { pageResponse } from '../page/document.js';
import type { Served } from '../served.js';

export function statusPage({ statusPage: page }: Served): Handler {
  return () => pageResponse(200, page);
}
