/**
 * `GET /readyz`: the volume can be used. 503 with the reasons when it is closing, its writer has failed
 * or a check is unhealthy. The schema needs no look: a volume whose schema is not current does not open.
 */
import type { Handler } from 'hono';
import { jsonResponse } from '../refusal.js';
import type { Served } from '../served.js';
import type { ServedVolume } from '../served-volume.js';

interface Reason {
  /** The check that says so; 'volume' for the state of the volume itself. */
  readonly check: string;
  readonly message: string;
}

export function readyz({ volume }: Served): Handler {
  return () => {
    const reasons = reasonsAgainst(volume);
    const ready = reasons.length === 0;
    const body = { ready, state: volume.state, reasons };
    return jsonResponse(ready ? 200 : 503, `${JSON.stringify(body)}\n`);
  };
}

function reasonsAgainst(volume: ServedVolume): Reason[] {
  const { state } = volume;
  const reasons: Reason[] = [];
  if (state !== 'open') reasons.push({ check: 'volume', message: `The volume is ${state}.` });
  // What is closed has no health any more.
  if (state === 'closing' || state === 'closed') return reasons;
  for (const [check, { status, message }] of Object.entries(volume.health().checks)) {
    if (status === 'unhealthy') reasons.push({ check, message });
  }
  return reasons;
}
