/** Which backups are kept: laws for all sets of backups, and cases at the borders of periods. */
import test from 'ava';
import fc from 'fast-check';
import { type KeepTiers, selectKept } from '#src/maintenance/schedule/select-kept.js';

interface Backup {
  readonly takenMs: number;
}

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-29T12:00:00Z');

const tiers = fc.record({
  last: fc.nat(6),
  hourly: fc.nat(6),
  daily: fc.nat(6),
  weekly: fc.nat(6),
});
const past = fc.array(
  fc.integer({ min: NOW - 60 * DAY_MS, max: NOW }).map((takenMs): Backup => ({ takenMs })),
  { maxLength: 80 },
);

function timesOf(kept: ReadonlySet<Backup>): string[] {
  return [...kept].map(({ takenMs }) => new Date(takenMs).toISOString().slice(0, 16)).sort();
}

function at(...times: readonly string[]): Backup[] {
  return times.map((time) => ({ takenMs: Date.parse(`${time}Z`) }));
}

const NONE: KeepTiers = { last: 0, hourly: 0, daily: 0, weekly: 0 };

test('the newest is kept, and no more than the tiers allow', (t) => {
  fc.assert(
    fc.property(past, tiers, (backups, keep) => {
      const kept = selectKept(backups, keep, NOW);
      const { last, hourly, daily, weekly } = keep;
      t.true(kept.size <= Math.max(1, last + hourly + daily + weekly));
      if (backups.length === 0) return;
      const newest = Math.max(...backups.map(({ takenMs }) => takenMs));
      t.true([...kept].some(({ takenMs }) => takenMs === newest));
    }),
  );
});

test('the newest `last` are kept', (t) => {
  fc.assert(
    fc.property(past, tiers, (backups, keep) => {
      const kept = selectKept(backups, keep, NOW);
      const newest = [...backups].sort((a, b) => b.takenMs - a.takenMs).slice(0, keep.last);
      t.true(newest.every((backup) => kept.has(backup)));
    }),
  );
});

test('selecting again removes nothing more, and the order of backups does not matter', (t) => {
  fc.assert(
    fc.property(past, tiers, (backups, keep) => {
      const kept = selectKept(backups, keep, NOW);
      t.deepEqual(selectKept([...kept], keep, NOW), kept);
      t.deepEqual(timesOf(selectKept([...backups].reverse(), keep, NOW)), timesOf(kept));
    }),
  );
});

test('more to keep never removes what less kept', (t) => {
  fc.assert(
    fc.property(
      past,
      tiers,
      fc.constantFrom('last', 'hourly', 'daily', 'weekly'),
      (backups, keep, tier) => {
        const more = selectKept(backups, { ...keep, [tier]: keep[tier] + 1 }, NOW);
        for (const backup of selectKept(backups, keep, NOW)) t.true(more.has(backup));
      },
    ),
  );
});

test('a tier keeps the last of each of its newest periods', (t) => {
  fc.assert(
    fc.property(past, fc.nat(20), (backups, daily) => {
      const kept = selectKept(backups, { ...NONE, daily }, NOW);
      const days = new Map<string, number>();
      for (const { takenMs } of backups) {
        const day = new Date(takenMs).toISOString().slice(0, 10);
        days.set(day, Math.max(days.get(day) ?? 0, takenMs));
      }
      const expected = [...days.values()].sort((a, b) => b - a).slice(0, Math.max(1, daily));
      const found = [...kept].map(({ takenMs }) => takenMs).sort((a, b) => b - a);
      t.deepEqual([...new Set(found)], backups.length === 0 ? [] : expected);
    }),
  );
});

test('backups of the future are kept and take no place of others', (t) => {
  fc.assert(
    fc.property(
      past,
      tiers,
      fc.array(fc.integer({ min: 1, max: DAY_MS }), { maxLength: 5 }),
      (backups, keep, ahead) => {
        const future = ahead.map((ms): Backup => ({ takenMs: NOW + ms }));
        const kept = selectKept([...future, ...backups], keep, NOW);
        t.deepEqual(
          timesOf(kept),
          timesOf(new Set([...future, ...selectKept(backups, keep, NOW)])),
        );
      },
    ),
  );
});

test('days and hours are those of UTC, also where clocks change', (t) => {
  // The night in which summer time begins in Europe, and midnight of UTC.
  const backups = at(
    '2026-03-28T23:59',
    '2026-03-29T00:00',
    '2026-03-29T00:59',
    '2026-03-29T01:00',
    '2026-03-29T02:30',
  );
  t.deepEqual(timesOf(selectKept(backups, { ...NONE, daily: 2 }, NOW)), [
    '2026-03-28T23:59',
    '2026-03-29T02:30',
  ]);
  t.deepEqual(timesOf(selectKept(backups, { ...NONE, hourly: 4 }, NOW)), [
    '2026-03-28T23:59',
    '2026-03-29T00:59',
    '2026-03-29T01:00',
    '2026-03-29T02:30',
  ]);
});

test('weeks begin on Monday', (t) => {
  // 2026-03-22 and 2026-03-29 are Sundays.
  const backups = at(
    '2026-03-15T20:00',
    '2026-03-16T00:00',
    '2026-03-22T23:59',
    '2026-03-23T00:00',
    '2026-03-29T11:00',
  );
  t.deepEqual(timesOf(selectKept(backups, { ...NONE, weekly: 3 }, NOW)), [
    '2026-03-15T20:00',
    '2026-03-22T23:59',
    '2026-03-29T11:00',
  ]);
});

test('times before 1970 have periods too', (t) => {
  const backups = at(
    '1969-12-28T12:00',
    '1969-12-29T00:00',
    '1969-12-31T23:59',
    '1970-01-01T00:00',
  );
  t.deepEqual(timesOf(selectKept(backups, { ...NONE, weekly: 2 }, NOW)), [
    '1969-12-28T12:00',
    '1970-01-01T00:00',
  ]);
});
