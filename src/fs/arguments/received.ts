/**
 * The words Node uses in its messages for a value that was refused and for the types it wanted.
 *
 * People read these texts and tools compare them, so they are reproduced to the letter; the tests
 * hold them against the running Node.
 */
import { inspect } from 'node:util';

/** Longest string shown whole; a longer one is cut to `SHOWN_STRING_LENGTH` and an ellipsis. */
const SHOWN_STRING_LENGTH_MAX = 28;
const SHOWN_STRING_LENGTH = 25;
/** Longest inspected value in an "invalid value" message, in UTF-16 units. */
const INSPECTED_LENGTH_MAX = 128;
/** Numbers beyond this get `_` between their thousands. */
const PLAIN_NUMBER_MAX = 2 ** 32;

/** What ERR_INVALID_ARG_TYPE says after "Received": the type and, where short, the value. */
export function specificType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'function':
      return `function ${value.name}`;
    case 'object':
      return describeObject(value);
    case 'string':
      return `type string (${quote(value)})`;
    case 'bigint':
      return `type bigint (${value}n)`;
    case 'number':
      return `type number (${Object.is(value, -0) ? '-0' : value})`;
    default:
      return `type ${typeof value} (${String(value)})`;
  }
}

function describeObject(value: object): string {
  const maker: unknown = value.constructor;
  const named = typeof maker === 'function' || (typeof maker === 'object' && maker !== null);
  if (named && 'name' in maker) return `an instance of ${maker.name}`;
  return inspect(value, { depth: -1 });
}

function quote(text: string): string {
  const cut = text.length > SHOWN_STRING_LENGTH_MAX;
  const shown = cut ? `${text.slice(0, SHOWN_STRING_LENGTH)}...` : text;
  return shown.includes("'") ? JSON.stringify(shown) : `'${shown}'`;
}

/** What ERR_INVALID_ARG_VALUE says after "Received". */
export function inspected(value: unknown): string {
  const text = inspect(value);
  return text.length > INSPECTED_LENGTH_MAX ? `${text.slice(0, INSPECTED_LENGTH_MAX)}...` : text;
}

/** What ERR_OUT_OF_RANGE says after "Received": large integers are grouped, `1_000_000_000_000`. */
export function receivedNumber(value: unknown): string {
  if (typeof value === 'bigint') {
    const large = value > BigInt(PLAIN_NUMBER_MAX) || value < -BigInt(PLAIN_NUMBER_MAX);
    return `${large ? groupThousands(String(value)) : value}n`;
  }
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > PLAIN_NUMBER_MAX) {
    return groupThousands(String(value));
  }
  return inspect(value);
}

// Counts characters from the end whatever they are: Node writes 1e21 as `1e_+21`, and so do we.
function groupThousands(digits: string): string {
  const firstDigit = digits.startsWith('-') ? 1 : 0;
  let grouped = '';
  let end = digits.length;
  for (; end >= firstDigit + 4; end -= 3) grouped = `_${digits.slice(end - 3, end)}${grouped}`;
  return digits.slice(0, end) + grouped;
}

const PRIMITIVE_TYPES: ReadonlySet<string> = new Set([
  'bigint',
  'boolean',
  'Function',
  'function',
  'number',
  'Object',
  'object',
  'string',
  'symbol',
]);
const CLASS_NAME = /^(?:[A-Z][a-z0-9]*)+$/;

/** `of type string or an instance of Buffer or URL`, for a list of type and class names. */
export function expectedTypes(expected: readonly string[]): string {
  let types = expected
    .filter((name) => PRIMITIVE_TYPES.has(name))
    .map((name) => name.toLowerCase());
  const rest = expected.filter((name) => !PRIMITIVE_TYPES.has(name));
  const classes = rest.filter((name) => CLASS_NAME.test(name));
  const others = rest.filter((name) => !CLASS_NAME.test(name));
  // Beside classes, a plain object is named like one of them.
  if (classes.length > 0 && types.includes('object')) {
    types = types.filter((name) => name !== 'object');
    classes.push('Object');
  }
  const parts: string[] = [];
  if (types.length > 0)
    parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${list(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${list(classes)}`);
  if (others.length > 0) parts.push(otherKinds(others));
  return parts.join(' or ');
}

function otherKinds(others: readonly string[]): string {
  if (others.length > 1) return `one of ${list(others)}`;
  const only = others[0] ?? '';
  return only.toLowerCase() === only ? only : `an ${only}`;
}

function list(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' or ');
  return `${names.slice(0, -1).join(', ')}, or ${names[names.length - 1]}`;
}
