/**
 * How options are described and checked: a rule per option gives kind, default and bounds; the same
 * table validates, fills in defaults, and is what docs/options.md is compared with. Unknown names are
 * rejected with the nearest known one.
 */
import { VolumeError } from './errors.js';

export interface IntegerRule {
  readonly kind: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly powerOfTwo?: boolean;
}

export interface TextRule {
  readonly kind: 'text';
  /** Undefined: it must be given. */
  readonly default: string | undefined;
}

/** Several objects, each by the rules of `item`. */
export interface ListRule {
  readonly kind: 'list';
  readonly item: RuleTable;
  readonly default: readonly unknown[];
  readonly lengthMax: number;
}

/** Options with names of their own inside one. */
export interface GroupRule {
  readonly kind: 'group';
  readonly rules: RuleTable;
  /** Whether the group is absent when it is not given; otherwise it has its defaults. */
  readonly isOptional: boolean;
}

export type OptionRule =
  | IntegerRule
  | TextRule
  | ListRule
  | GroupRule
  | { readonly kind: 'boolean'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] };

export type RuleTable = Readonly<Record<string, OptionRule>>;

export function integer(defaultValue: number, min: number, max: number): IntegerRule {
  return { kind: 'integer', default: defaultValue, min, max };
}

export function powerOfTwo(defaultValue: number, min: number, max: number): IntegerRule {
  return { ...integer(defaultValue, min, max), powerOfTwo: true };
}

export function flag(defaultValue: boolean): OptionRule {
  return { kind: 'boolean', default: defaultValue };
}

export function choice(...choices: readonly string[]): OptionRule {
  return { kind: 'choice', default: choices[0] as string, choices };
}

/** A text that is not empty; without a default it must be given. */
export function text(defaultValue?: string): TextRule {
  return { kind: 'text', default: defaultValue };
}

export function list(
  item: RuleTable,
  defaultValue: readonly unknown[],
  lengthMax: number,
): ListRule {
  return { kind: 'list', item, default: defaultValue, lengthMax };
}

export function group(rules: RuleTable): GroupRule {
  return { kind: 'group', rules, isOptional: false };
}

export function optionalGroup(rules: RuleTable): GroupRule {
  return { kind: 'group', rules, isOptional: true };
}

export function invalidOption(name: string, value: unknown, expected: string): VolumeError {
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' must be ${expected}, got ${describeValue(value)}.`,
    { hint: 'See docs/options.md.' },
  );
}

/** How a message shows a value, whatever it is. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function checkInteger(name: string, value: unknown, rule: IntegerRule): number {
  const expected = `${rule.powerOfTwo ? 'a power of two' : 'a whole number'} from ${rule.min} to ${rule.max}`;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw invalidOption(name, value, expected);
  }
  const fits = value >= rule.min && value <= rule.max;
  if (!fits || (rule.powerOfTwo && !Number.isInteger(Math.log2(value)))) {
    throw invalidOption(name, value, expected);
  }
  return value;
}

function checkList(name: string, value: unknown, rule: ListRule): readonly unknown[] {
  if (!Array.isArray(value) || value.length > rule.lengthMax) {
    throw invalidOption(name, value, `a list of at most ${rule.lengthMax}`);
  }
  return value.map((item, index) => resolveGroup(item, rule.item, `${name}[${index}]`));
}

function checkOption(name: string, value: unknown, rule: OptionRule): unknown {
  switch (rule.kind) {
    case 'integer':
      return checkInteger(name, value, rule);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalidOption(name, value, 'true or false');
      return value;
    case 'choice':
      if (typeof value !== 'string' || !rule.choices.includes(value)) {
        throw invalidOption(name, value, `one of '${rule.choices.join("', '")}'`);
      }
      return value;
    case 'text':
      if (typeof value !== 'string' || value === '') {
        throw invalidOption(name, value, 'a text that is not empty');
      }
      return value;
    case 'list':
      return checkList(name, value, rule);
    case 'group':
      return resolveGroup(value, rule.rules, name);
  }
}

function defaultOf(name: string, rule: OptionRule): unknown {
  if (rule.kind === 'group')
    return rule.isOptional ? undefined : resolveGroup({}, rule.rules, name);
  if (rule.kind === 'text' && rule.default === undefined) {
    throw invalidOption(name, undefined, 'a text that is not empty');
  }
  return rule.default;
}

/** Validates the options of a table and fills in the defaults; `name` is that of the group they are in. */
export function resolveGroup(
  options: unknown,
  rules: RuleTable,
  name = '',
): Readonly<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(name === '' ? 'options' : name, options, 'an object');
  }
  rejectUnknownOptions(options, Object.keys(rules), name);
  const given = options as Record<string, unknown>;
  const resolved: Record<string, unknown> = {};
  for (const [own, rule] of Object.entries(rules)) {
    const value = given[own];
    const full = name === '' ? own : `${name}.${own}`;
    resolved[own] = value === undefined ? defaultOf(full, rule) : checkOption(full, value, rule);
  }
  return resolved;
}

/** The known name nearest to a mistyped one, if it is near. */
function suggestion(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase();
  return known.find((candidate) => {
    const other = candidate.toLowerCase();
    return other.startsWith(plain) || plain.startsWith(other) || distance(plain, other) <= 2;
  });
}

/** Levenshtein distance: how many letters to change. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const cell = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      next.push(cell);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Throws ERR_OPTION_UNKNOWN for a name that is not in `known`; `group` is the group they are in. */
export function rejectUnknownOptions(options: object, known: readonly string[], group = ''): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggestion(name, known);
    const place = group === '' ? '' : ` in '${group}'`;
    throw new VolumeError('ERR_OPTION_UNKNOWN', `There is no option '${name}'${place}.`, {
      hint: near === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean '${near}'?`,
    });
  }
}

/** Throws ERR_OPTION_INVALID for what could not end the work that it is given to. */
export function checkSignalOption(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw invalidOption('signal', signal, 'an AbortSignal');
}
