/** `GET /metrics`: the registry of the volume as Prometheus reads it. */
import type { Handler } from 'hono';
import type { Served } from '../served.js';

export function metrics({ volume }: Served): Handler {
  return async () => {
    const { metrics: registry } = volume;
    const text = await registry.metrics();
    return new Response(text, { headers: { 'content-type': registry.contentType } });
  };
}
