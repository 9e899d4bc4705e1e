/**
 * C structs of the kernel's FUSE protocol as tables: a list of fields gives size, decoder and encoder.
 *
 * All fields are little- or big-endian as the machine is; the kernel pads every struct to 8 bytes by
 * fields of its own, so there is no padding that a compiler would add. That each field lies on a multiple
 * of its size is asserted when a struct is made.
 */
import { endianness } from 'node:os';
import { invariant } from '../../core/errors.js';

/**
 * `i64` is for times, which may be before 1970. `u63` is for ends of ranges: the highest number that we
 * can tell stands for the highest that the kernel has, both ways.
 */
type ValueKind = 'u16' | 'u32' | 'i32' | 'u64' | 'u63' | 'i64';
/** Written as zeros and not read. */
export type Padding = 'pad16' | 'pad32' | 'pad64';

/** Name and kind; a padding has no name. */
export type Field<N extends string> = readonly [name: N, kind: ValueKind];

const SIZES: Readonly<Record<ValueKind | Padding, number>> = {
  u16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  u63: 8,
  i64: 8,
  pad16: 2,
  pad32: 4,
  pad64: 8,
};

const IS_LITTLE_ENDIAN = endianness() === 'LE';
const TWO_32 = 2 ** 32;
const U32_MASK = 0xffff_ffff;

/**
 * A number of 64 bits as a JavaScript number. Numbers of inodes, handles and sizes are far below 2^53;
 * what is above, such as the end of a lock that has none, comes out as 2^53 - 1.
 */
export function readU64(view: DataView, at: number): number {
  const low = view.getUint32(at + (IS_LITTLE_ENDIAN ? 0 : 4), IS_LITTLE_ENDIAN);
  const high = view.getUint32(at + (IS_LITTLE_ENDIAN ? 4 : 0), IS_LITTLE_ENDIAN);
  return Math.min(high * TWO_32 + low, Number.MAX_SAFE_INTEGER);
}

/** Negative numbers are written in two's complement: seconds before 1970. */
export function writeU64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  const low = value - high * TWO_32;
  view.setUint32(at + (IS_LITTLE_ENDIAN ? 0 : 4), low, IS_LITTLE_ENDIAN);
  view.setUint32(at + (IS_LITTLE_ENDIAN ? 4 : 0), high & U32_MASK, IS_LITTLE_ENDIAN);
}

const HIGH_OF_MAX = 0x7fff_ffff;

/** The end of a range; `Number.MAX_SAFE_INTEGER` stands for 2^63 - 1. */
export function writeU63(view: DataView, at: number, value: number): void {
  if (value < Number.MAX_SAFE_INTEGER) {
    writeU64(view, at, value);
    return;
  }
  view.setUint32(at + (IS_LITTLE_ENDIAN ? 0 : 4), U32_MASK, IS_LITTLE_ENDIAN);
  view.setUint32(at + (IS_LITTLE_ENDIAN ? 4 : 0), HIGH_OF_MAX, IS_LITTLE_ENDIAN);
}

/** The same for a signed number: seconds of a time. */
export function readI64(view: DataView, at: number): number {
  const low = view.getUint32(at + (IS_LITTLE_ENDIAN ? 0 : 4), IS_LITTLE_ENDIAN);
  const high = view.getInt32(at + (IS_LITTLE_ENDIAN ? 4 : 0), IS_LITTLE_ENDIAN);
  return high * TWO_32 + low;
}

interface Placed {
  readonly name: string;
  readonly kind: ValueKind;
  readonly offset: number;
}

export class Struct<N extends string> {
  readonly sizeBytes: number;
  readonly #fields: readonly Placed[];

  /** Use `struct`. */
  constructor(fields: readonly (Field<N> | Padding)[]) {
    const placed: Placed[] = [];
    let offset = 0;
    for (const field of fields) {
      const kind = typeof field === 'string' ? field : field[1];
      invariant(offset % SIZES[kind] === 0, 'a field lies on a multiple of its size');
      if (typeof field !== 'string') placed.push({ name: field[0], kind: field[1], offset });
      offset += SIZES[kind];
    }
    this.sizeBytes = offset;
    this.#fields = placed;
  }

  /** The caller has made sure that the struct is there as a whole. */
  decode(view: DataView, at: number): Record<N, number> {
    const values: Record<string, number> = {};
    for (const { name, kind, offset } of this.#fields) {
      values[name] = readField(view, at + offset, kind);
    }
    return values as Record<N, number>;
  }

  /** Writes all bytes of the struct, paddings as zeros. */
  encode(view: DataView, at: number, values: Readonly<Record<N, number>>): void {
    new Uint8Array(view.buffer, view.byteOffset + at, this.sizeBytes).fill(0);
    for (const { name, kind, offset } of this.#fields) {
      writeField(view, at + offset, kind, values[name as N]);
    }
  }

  /** Where a field begins, in bytes from the start of the struct. */
  offsetOf(name: N): number {
    const field = this.#fields.find((each) => each.name === name);
    invariant(field !== undefined, 'a struct is asked for its own fields');
    return field.offset;
  }
}

function readField(view: DataView, at: number, kind: ValueKind): number {
  switch (kind) {
    case 'u16':
      return view.getUint16(at, IS_LITTLE_ENDIAN);
    case 'u32':
      return view.getUint32(at, IS_LITTLE_ENDIAN);
    case 'i32':
      return view.getInt32(at, IS_LITTLE_ENDIAN);
    case 'u64':
    case 'u63':
      return readU64(view, at);
    case 'i64':
      return readI64(view, at);
  }
}

function writeField(view: DataView, at: number, kind: ValueKind, value: number): void {
  switch (kind) {
    case 'u16':
      view.setUint16(at, value, IS_LITTLE_ENDIAN);
      break;
    case 'u32':
      view.setUint32(at, value, IS_LITTLE_ENDIAN);
      break;
    case 'i32':
      view.setInt32(at, value, IS_LITTLE_ENDIAN);
      break;
    case 'u64':
    case 'i64':
      writeU64(view, at, value);
      break;
    case 'u63':
      writeU63(view, at, value);
      break;
  }
}

/** A struct of the given fields, in order. */
export function struct<N extends string>(...fields: readonly (Field<N> | Padding)[]): Struct<N> {
  return new Struct(fields);
}
