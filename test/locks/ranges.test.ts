/** The algebra of byte ranges against a model that remembers every byte. */
import test from 'ava';
import fc from 'fast-check';
import { LOCK_RANGE_END } from '#src/core/limits.js';
import { withoutRange, withRange } from '#src/ops/lock-ranges.js';
import type { LockedRange } from '#src/store/lock-table.js';

const BYTES = 12;

function range(first: number, last: number, exclusive = false): LockedRange {
  return { first, last, exclusive, client: 1, pid: 2 };
}

interface Step {
  readonly unlocks: boolean;
  readonly range: LockedRange;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .tuple(fc.nat(BYTES - 1), fc.nat(BYTES - 1), fc.boolean(), fc.boolean())
    .map(([a, b, exclusive, unlocks]) => ({
      unlocks,
      range: range(Math.min(a, b), Math.max(a, b), exclusive),
    })),
  { maxLength: 20 },
);

type Byte = 'free' | 'shared' | 'exclusive';

function bytesOf(held: readonly LockedRange[]): Byte[] {
  const bytes = new Array<Byte>(BYTES).fill('free');
  for (const { first, last, exclusive } of held) {
    for (let at = first; at <= last; at += 1) bytes[at] = exclusive ? 'exclusive' : 'shared';
  }
  return bytes;
}

function isNormal(held: readonly LockedRange[]): boolean {
  return held.every((one, index) => {
    const next = held[index + 1];
    if (one.first > one.last) return false;
    if (next === undefined) return true;
    return next.first > one.last + (next.exclusive === one.exclusive ? 1 : 0);
  });
}

test('locking and unlocking ranges does to every byte what it says', (t) => {
  fc.assert(
    fc.property(steps, (all) => {
      const model = new Array<Byte>(BYTES).fill('free');
      let held: LockedRange[] = [];
      for (const step of all) {
        const { first, last, exclusive } = step.range;
        held = step.unlocks ? withoutRange(held, first, last) : withRange(held, step.range);
        const byte = step.unlocks ? 'free' : exclusive ? 'exclusive' : 'shared';
        model.fill(byte, first, last + 1);
        t.deepEqual(bytesOf(held), model);
        t.true(isNormal(held), JSON.stringify(held));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a range in the middle splits, neighbours of one type join', (t) => {
  const whole = [range(0, LOCK_RANGE_END)];
  t.deepEqual(withoutRange(whole, 10, 19), [range(0, 9), range(20, LOCK_RANGE_END)]);
  t.deepEqual(withRange(whole, range(10, 19, true)), [
    range(0, 9),
    range(10, 19, true),
    range(20, LOCK_RANGE_END),
  ]);
  t.deepEqual(withRange([range(0, 9), range(20, 29)], range(10, 19)), [range(0, 29)]);
  t.deepEqual(withRange([range(0, 9, true), range(20, 29)], range(10, 19)), [
    range(0, 9, true),
    range(10, 29),
  ]);
});

test('what a range does not touch stays as it is', (t) => {
  const held = [range(0, 3), range(8, 9, true)];
  t.deepEqual(withoutRange(held, 4, 7), held);
  t.deepEqual(withoutRange([], 0, LOCK_RANGE_END), []);
});
