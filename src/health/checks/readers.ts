/** Whether read connections are left for streams, walks and long reads. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { countText } from '../wording.js';

export function checkReaders({ readers, options }: HealthFacts): Verdict {
  const { leased, waiting } = readers;
  const limit = options.readersMax;
  const base = { value: leased, unit: 'count', limit } as const;
  const message = `${leased} of ${countText(limit, 'read connection is', 'read connections are')} lent`;
  if (leased < limit && waiting === 0) return verdict(base, 'ok', `${message}.`);
  const callers = countText(waiting, 'caller waits', 'callers wait');
  const remedy = 'close streams and directories that are no longer read, or raise `readersMax`.';
  return verdict(base, 'degraded', `${message} and ${callers} for one; ${remedy}`);
}
