/** docs/options.md lists exactly the options there are, with their defaults and bounds. */
import test from 'ava';
import { invariant } from '#src/core/errors.js';
import type { IntegerRule, OptionRule } from '#src/core/option-rules.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { FLAT_OPTION_RULES as RULES } from '../support/option-rules.js';
import { projectFiles, readProjectFile } from '../support/project.js';

const ROWS = tableRows(readProjectFile('docs/options.md'), 'Option');
/** Their default is the process's own. */
const OF_THE_PROCESS = ['uid', 'gid', 'umask'];

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function defaultOf(name: string, rule: OptionRule): string {
  if (OF_THE_PROCESS.includes(name)) return "the process's";
  invariant(rule.kind !== 'group' && rule.kind !== 'list', 'groups and lists are flattened');
  if (rule.default === undefined) return 'must be given';
  if (typeof rule.default === 'number') return grouped(rule.default);
  return typeof rule.default === 'string' ? `\`'${rule.default}'\`` : `\`${rule.default}\``;
}

function integerBounds({ min, max, powerOfTwo }: IntegerRule): string {
  return `${grouped(min)} to ${grouped(max)}${powerOfTwo ? ', a power of two' : ''}`;
}

function boundsOf(rule: OptionRule): string {
  if (rule.kind === 'choice') return rule.choices.map((choice) => `\`'${choice}'\``).join(' ');
  if (rule.kind === 'boolean') return '`true` `false`';
  if (rule.kind === 'text') return 'a text';
  invariant(rule.kind === 'integer', 'groups and lists are flattened');
  return integerBounds(rule);
}

test('options.md lists exactly the options, in order', (t) => {
  t.deepEqual(
    ROWS.map(({ Option }) => codeOf(Option)),
    [...RULES.keys()],
  );
});

test('options.md gives the defaults and bounds that are enforced', (t) => {
  for (const { Option, Default, Values } of ROWS) {
    const name = codeOf(Option);
    const rule = RULES.get(name) as OptionRule;
    t.is(Default, defaultOf(name, rule), `default of ${name}`);
    t.is(Values, boundsOf(rule), `values of ${name}`);
  }
});

/** Fronts have documents of their own, and tests that compare those. */
const OF_FRONTS = ['mount', 'serve'];

/** The rule of an option in a list or group inside of `group`. */
function nestedRule(group: string, own: string): OptionRule | undefined {
  return [...RULES].find(([full]) => full.startsWith(`${group}.`) && full.endsWith(`.${own}`))?.[1];
}

const DECLARED_DEFAULT = /@defaultValue ([^*]+?) \*\/\n\s+readonly (\w+)\?:/g;

test('the declarations of the options give the same defaults', (t) => {
  for (const file of projectFiles('src/core', 'options.ts')) {
    const [, group = ''] = /(\w+)-options\.ts$/.exec(file) ?? [];
    if (OF_FRONTS.includes(group)) continue;
    for (const [, told = '', own = ''] of readProjectFile(file).matchAll(DECLARED_DEFAULT)) {
      if (OF_THE_PROCESS.includes(own)) continue;
      const name = group === '' ? own : `${group}.${own}`;
      const found = RULES.get(name) ?? nestedRule(group, own);
      const value = (found as { default?: unknown } | undefined)?.default;
      t.is(told, typeof value === 'string' ? `'${value}'` : String(value), name);
    }
  }
});
