/**
 * The checksum of bytes of which a part was replaced, from that of all of them before: a CRC is linear, so
 * that it changes by what the part changes by, moved by the bytes that follow. Those need not be read.
 *
 * Polynomials over GF(2) modulo Castagnoli's, bits reversed: the highest bit is x^0.
 */
import { POLYNOMIAL } from './tables.js';

const ONE = 0x80000000;
const X = 0x40000000;
const BITS = 32;
/** x^8 is x^(2^3): a byte is eight bits. */
const BYTE_POWER = 3;

function times(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = BITS - 1; bit >= 0; bit -= 1) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product;
}

/** Castagnoli's polynomial is x + 1 times a primitive one of degree 31: x^(2^31) is x again. */
const PERIOD = 31;

/** x^(2^n) for each n below the period. */
const POWERS: readonly number[] = powers();

function powers(): number[] {
  const all = [X];
  while (all.length < PERIOD) {
    const last = all.at(-1) as number;
    all.push(times(last, last));
  }
  return all;
}

/** x^(8 * bytes): what a checksum is multiplied by when so many zero bytes follow. */
function powerOfBytes(bytes: number): number {
  let product = ONE;
  let power = BYTE_POWER;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) product = times(POWERS[power % PERIOD] as number, product);
    power += 1;
  }
  return product;
}

/**
 * CRC-32C of the whole, as a signed integer: `whole` is that before, `before` and `after` are those of the
 * part, which kept its length, and `bytesBehind` is how many bytes follow it.
 */
export function patchedCrc32c(
  whole: number,
  before: number,
  after: number,
  bytesBehind: number,
): number {
  return whole ^ times(powerOfBytes(bytesBehind), before ^ after);
}
