/** Before a view: lets a log that views have made long begin anew, while this thread has none open. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WriterAccess } from './origin.js';

/** Longest that a view waits for it, in milliseconds. */
const WAIT_MS = 100;

/** Undefined, and nothing to wait for, unless somebody's view has held the log. */
export function makeRoom(writer: WriterAccess | undefined): Promise<unknown> | undefined {
  if (writer === undefined || writer.gauges.get('walHeldSinceMs') === 0) return undefined;
  // A writer that is busy, has failed or has gone does not keep anybody from reading.
  const room = writer.client.control({ type: 'makeRoom' }).catch(() => undefined);
  return Promise.race([room, pause(WAIT_MS, undefined, { ref: false })]);
}
