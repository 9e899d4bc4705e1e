/** docs/options.md lists exactly the options there are, with their defaults and bounds. */
import test from 'ava';
import { type IntegerRule, OPEN_OPTION_RULES, type OptionRule } from '#src/core/options.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { readProjectFile } from '../support/project.js';

const ROWS = tableRows(readProjectFile('docs/options.md'), 'Option');
/** Their default is the process's own. */
const OF_THE_PROCESS = ['uid', 'gid', 'umask'];

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function defaultOf(name: string, rule: OptionRule): string {
  if (OF_THE_PROCESS.includes(name)) return "the process's";
  if (rule.kind === 'choice') return `\`'${rule.default}'\``;
  if (rule.kind === 'boolean') return `\`${rule.default}\``;
  return grouped(rule.default);
}

function integerBounds({ min, max, powerOfTwo }: IntegerRule): string {
  return `${grouped(min)} to ${grouped(max)}${powerOfTwo ? ', a power of two' : ''}`;
}

function boundsOf(rule: OptionRule): string {
  if (rule.kind === 'choice') return rule.choices.map((choice) => `\`'${choice}'\``).join(' ');
  if (rule.kind === 'boolean') return '`true` `false`';
  return integerBounds(rule);
}

test('options.md lists exactly the options, in order', (t) => {
  t.deepEqual(
    ROWS.map(({ Option }) => codeOf(Option)),
    Object.keys(OPEN_OPTION_RULES),
  );
});

test('options.md gives the defaults and bounds that are enforced', (t) => {
  const rules = OPEN_OPTION_RULES as Readonly<Record<string, OptionRule>>;
  for (const { Option, Default, Values } of ROWS) {
    const name = codeOf(Option);
    const rule = rules[name] as OptionRule;
    t.is(Default, defaultOf(name, rule), `default of ${name}`);
    t.is(Values, boundsOf(rule), `values of ${name}`);
  }
});

test('the declarations of the options give the same defaults', (t) => {
  const source = readProjectFile('src/core/options.ts');
  const rules = OPEN_OPTION_RULES as Readonly<Record<string, OptionRule>>;
  for (const [, told = '', name = ''] of source.matchAll(
    /@defaultValue ([^*]+?) \*\/\n\s+readonly (\w+)\?:/g,
  )) {
    if (OF_THE_PROCESS.includes(name)) continue;
    const { default: value } = rules[name] as OptionRule;
    t.is(told, typeof value === 'string' ? `'${value}'` : String(value), name);
  }
});
