/** Parameters of a query: checked where they are given, bound where the statement runs. */
import { VolumeError } from '../../core/errors.js';
import type { ForeignParameters } from '../../sqlite/foreign-statement.js';
import type { QueryParameter, QueryParameters, WireParameter, WireParameters } from './protocol.js';

const INTEGER_MIN = -(2n ** 63n);
const INTEGER_MAX = 2n ** 63n - 1n;

function refuse(name: string, what: string): never {
  throw new VolumeError('ERR_QUERY_INVALID', `Parameter ${name} ${what}.`, {
    hint: 'Use numbers, bigints, strings, booleans, dates, buffers or null.',
  });
}

function checkNumber(name: string, value: number): number {
  // SQLite would make NULL of it.
  if (Number.isNaN(value)) refuse(name, 'is NaN, which SQL does not know');
  return value;
}

function checkBigint(name: string, value: bigint): bigint {
  if (value < INTEGER_MIN || value > INTEGER_MAX) refuse(name, 'is too big for 64 bits');
  return value;
}

function checkDate(name: string, value: Date): string {
  if (Number.isNaN(value.getTime())) refuse(name, 'is no valid date');
  return value.toISOString();
}

function wireParameter(name: string, value: unknown): WireParameter {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return checkNumber(name, value);
  if (typeof value === 'bigint') return checkBigint(name, value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return checkDate(name, value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return refuse(name, value === undefined ? 'is undefined' : `is of type ${typeof value}`);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, QueryParameter>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Throws ERR_QUERY_INVALID for what cannot be a parameter. */
export function checkParameters(parameters: QueryParameters | undefined): WireParameters {
  if (parameters === undefined) return [];
  if (Array.isArray(parameters)) {
    // `Array.from` and not `map`, which leaves holes alone.
    return Array.from(parameters, (value: unknown, index) => wireParameter(`${index + 1}`, value));
  }
  if (!isPlainObject(parameters)) {
    throw new VolumeError('ERR_QUERY_INVALID', 'Parameters must be an array or a plain object.', {
      hint: 'Give an array for `?`, or an object for `:name`.',
    });
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, wireParameter(`'${name}'`, value)]),
  );
}

/** The driver binds every number as a real one; a whole number shall be an integer. */
function bindableValue(value: WireParameter): bigint | number | string | Uint8Array | null {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
  return isWhole && !Object.is(value, -0) ? BigInt(value) : value;
}

export function bindable(parameters: WireParameters): ForeignParameters {
  if (Array.isArray(parameters)) return parameters.map(bindableValue);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, bindableValue(value)]),
  );
}
