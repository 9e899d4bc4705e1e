/** Counts by a dimension and a result, all of them: a rate needs the zero before the first. */
import type { Sample } from './family.js';

export function counterSamples<K extends string, R extends string>(
  label: string,
  keys: readonly K[],
  results: readonly R[],
  count: (key: K, result: R) => number,
): Sample[] {
  return keys.flatMap((key) =>
    results.map((result) => ({ value: count(key, result), labels: { [label]: key, result } })),
  );
}
