/** `GET /status.json?after=<number>`: what the page shows; with `after` only the samples since that one. */
import type { Handler } from 'hono';
import { VERSION } from '../../core/software.js';
import { HISTORY_MS, SAMPLE_INTERVAL_MS } from '../history.js';
import { jsonResponse } from '../refusal.js';
import type { Served } from '../served.js';
import type { StatusDocument } from '../status-document.js';

export function statusJson(served: Served): Handler {
  return (context) => {
    const after = Number(context.req.query('after') ?? 0);
    const document = describe(served, Number.isSafeInteger(after) && after > 0 ? after : 0);
    return jsonResponse(200, `${JSON.stringify(document)}\n`);
  };
}

function describe(served: Served, after: number): StatusDocument {
  const { volume, history, access, servedSinceMs } = served;
  return {
    software: { cabinetfs: VERSION, node: process.versions.node },
    state: volume.state,
    atMs: Date.now(),
    servedSinceMs,
    hasToken: !access.isOpenToAll,
    health: volume.health(),
    figures: history.figures,
    sampleIntervalMs: SAMPLE_INTERVAL_MS,
    historyMs: HISTORY_MS,
    samples: history.samplesAfter(after),
    records: history.records,
  };
}
