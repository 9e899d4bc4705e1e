/** `GET /healthz`: the health object. 200 when healthy or degraded, 503 when unhealthy. */
import type { Handler } from 'hono';
import { jsonResponse } from '../refusal.js';
import type { Served } from '../served.js';

export function healthz({ volume }: Served): Handler {
  return () => {
    const health = volume.health();
    return jsonResponse(health.status === 'unhealthy' ? 503 : 200, `${JSON.stringify(health)}\n`);
  };
}
