/** Waiting for a condition that no event announces, a turn of the event loop at a time. */
import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 5;
const GIVE_UP_MS = 30_000;

/** Resolves when `condition` holds; rejects, naming what was waited for, when it never does. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const givesUpAt = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > givesUpAt) throw new Error(`waited in vain for: ${what}`);
    await pause(PAUSE_MS);
  }
}
