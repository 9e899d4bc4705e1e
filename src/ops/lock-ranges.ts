/**
 * What an owner holds of a file after it has locked or unlocked a range, as fcntl(2) has it: a new lock
 * replaces what the owner held of those bytes, and neighbours of one type become one.
 *
 * INVARIANT: ranges given and returned are in order and do not overlap; no two neighbours of one type
 * touch.
 */
import type { LockedRange } from '../store/lock-table.js';

/** `held` without bytes `first` to `last`. */
export function withoutRange(
  held: readonly LockedRange[],
  first: number,
  last: number,
): LockedRange[] {
  const left: LockedRange[] = [];
  for (const range of held) {
    if (range.last < first || range.first > last) {
      left.push(range);
      continue;
    }
    if (range.first < first) left.push({ ...range, last: first - 1 });
    if (range.last > last) left.push({ ...range, first: last + 1 });
  }
  return left;
}

/** `held` and `added`, which goes before what was held of its bytes. */
export function withRange(held: readonly LockedRange[], added: LockedRange): LockedRange[] {
  const ranges = withoutRange(held, added.first, added.last);
  const place = ranges.findIndex(({ first }) => first > added.first);
  ranges.splice(place === -1 ? ranges.length : place, 0, added);
  return ranges.reduce<LockedRange[]>(join, []);
}

function join(joined: LockedRange[], range: LockedRange): LockedRange[] {
  const before = joined.at(-1);
  const touches = before !== undefined && before.last + 1 === range.first;
  if (touches && before.exclusive === range.exclusive) {
    joined[joined.length - 1] = { ...before, last: range.last };
  } else joined.push(range);
  return joined;
}
