/** Random numbers that a printed seed repeats. */

export type Random = () => number;

const UINT32 = 2 ** 32;

/** Numbers from 0 up to 1 (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32;
  };
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[between(random, 0, choices.length - 1)] as T;
}

/** A seed from the environment variable `name`, or a fresh one. */
export function seedFrom(name: string): number {
  const given = Number(process.env[name]);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * UINT32);
}
