/** When a backup is due. */
import test from 'ava';
import fc from 'fast-check';
import {
  earliestDueMs,
  isDue,
  lookAgainAfterMs,
  retryAfterMs,
} from '#src/maintenance/schedule/due.js';

const RULES = [
  { everySeconds: 900, minChanges: 1 },
  { everySeconds: 60, minChanges: 10_000 },
];

function due(seconds: number, changes: number): boolean {
  return isDue(RULES, { nowMs: seconds * 1000, lastMs: 0, changes });
}

test('a backup is due when time and changes of one rule are met', (t) => {
  t.deepEqual([due(900, 1), due(899, 1), due(900, 0), due(86_400, 0)], [true, false, false, false]);
  t.deepEqual([due(60, 10_000), due(60, 9999), due(59, 10_000)], [true, false, false]);
});

test('a volume without a backup gets one', (t) => {
  t.true(isDue(RULES, { nowMs: 0, lastMs: undefined, changes: 0 }));
});

test('what is due is looked at in time', (t) => {
  const situation = fc.record({
    nowMs: fc.nat(2_000_000),
    lastMs: fc.nat(2_000_000),
    changes: fc.nat(20_000),
  });
  fc.assert(
    fc.property(situation, (now) => {
      fc.pre(!isDue(RULES, now));
      const waitMs = lookAgainAfterMs(RULES, now);
      t.true(waitMs > 0 && waitMs <= 60_000);
      // Whatever is due by time alone within the wait is due at its end, and not a second before.
      const soon = { ...now, nowMs: now.nowMs + waitMs - 1 };
      t.is(isDue(RULES, soon), false);
      t.true(earliestDueMs(RULES, now) >= now.nowMs);
    }),
  );
});

test('after failures the wait doubles, up to an hour, and varies by a fifth', (t) => {
  const waits = [1, 2, 3, 9, 10, 100, 5000].map((failures) => retryAfterMs(failures, 0.5));
  t.deepEqual(waits, [10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000, 3_600_000]);
  t.deepEqual([retryAfterMs(1, 0), retryAfterMs(1, 1)], [8000, 12_000]);
});
