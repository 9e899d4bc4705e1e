/** How many writes wait, how many bytes they carry, and for how long the oldest has waited. */
import type { HealthFacts } from '../facts.js';
import type { HealthUnit, Verdict } from '../health.js';
import { ageAt, bytesText, countText, timeText } from '../wording.js';

const REMEDY = 'write more slowly or in bigger pieces, and see whether the disk is slow.';

function above(
  facts: HealthFacts,
  unit: HealthUnit,
  value: number,
  limit: number,
  message: string,
): Verdict {
  if (facts.writer === undefined) {
    const off = 'The volume is open for reading only, so nothing is queued.';
    return { status: 'off', value: null, unit, limit: null, message: off };
  }
  if (value <= limit) return { status: 'ok', value, unit, limit, message: `${message}.` };
  return { status: 'degraded', value, unit, limit, message: `${message}; ${REMEDY}` };
}

export function checkQueueDepth(facts: HealthFacts): Verdict {
  const { commands, waiters } = facts.queue;
  const full =
    waiters > 0 ? `, ${waiters.toLocaleString('en-US')} of them for room in the queue` : '';
  const message = `${countText(commands, 'write waits', 'writes wait')} for an answer${full}`;
  return above(facts, 'count', commands, facts.options.health.queueCommandsMax, message);
}

export function checkQueueBytes(facts: HealthFacts): Verdict {
  const { bytes } = facts.queue;
  const message = `The writes that wait carry ${bytesText(bytes)}`;
  return above(facts, 'bytes', bytes, facts.options.health.queueBytesMax, message);
}

export function checkQueueAge(facts: HealthFacts): Verdict {
  const { sinceMs } = facts.queue;
  const ageMs = sinceMs === 0 ? 0 : ageAt(facts.nowMs, sinceMs);
  const message =
    sinceMs === 0 ? 'No write waits' : `The oldest write has waited for ${timeText(ageMs)}`;
  return above(facts, 'milliseconds', ageMs, facts.options.health.queueAgeMaxMs, message);
}
