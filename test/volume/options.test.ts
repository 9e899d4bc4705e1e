/** Options of `openVolume`: unknown, mistyped, out of range, at odds with each other. */
import test, { type ExecutionContext } from 'ava';
import type { OptionRule, RuleTable } from '#src/core/option-rules.js';
import { OPEN_OPTION_RULES } from '#src/core/options.js';
import { openVolume, VolumeError } from '#src/index.js';
import { FLAT_OPTION_RULES } from '../support/option-rules.js';

async function refusal(t: ExecutionContext, options: object): Promise<VolumeError> {
  return await t.throwsAsync(openVolume(undefined, options as never), { instanceOf: VolumeError });
}

for (const [given, meant] of [
  ['durabilty', 'durability'],
  ['readonly', 'readOnly'],
  ['queueCommandMax', 'queueCommandsMax'],
  ['busyTimeout', 'busyTimeoutMs'],
]) {
  test(`the mistyped option '${given}' is refused with '${meant}' suggested`, async (t) => {
    const error = await refusal(t, { [given as string]: true });
    t.is(error.code, 'ERR_OPTION_UNKNOWN');
    t.true(error.message.includes(`'${given}'`));
    t.is(error.hint, `Did you mean '${meant}'?`);
  });
}

test('an option like no other is refused with the list of those there are', async (t) => {
  const error = await refusal(t, { xyzzy: 1 });
  t.is(error.code, 'ERR_OPTION_UNKNOWN');
  for (const name of Object.keys(OPEN_OPTION_RULES)) t.true(error.hint?.includes(name), name);
});

/** `value` for the option of a full name: 'health.walBytesMax', 'backup.rules[].everySeconds'. */
function optionsWith(name: string, value: unknown): object {
  const [first = '', ...rest] = name.split('.');
  const inner = rest.length === 0 ? value : optionsWith(rest.join('.'), value);
  return first.endsWith('[]') ? { [first.slice(0, -2)]: [inner] } : { [first]: inner };
}

/** The same, with what its group must be given. */
function groupWith(name: string, value: unknown): object {
  const options = optionsWith(name, value) as Record<string, object>;
  const [group = ''] = name.split('.');
  const rule: OptionRule | undefined = (OPEN_OPTION_RULES as RuleTable)[group];
  if (rule?.kind !== 'group' || !name.includes('.')) return options;
  const needed = Object.entries(rule.rules).filter(([, own]) => mustBeGiven(own));
  const given = Object.fromEntries(needed.map(([own]) => [own, 'given']));
  return { [group]: { ...given, ...options[group] } };
}

function mustBeGiven(rule: OptionRule): boolean {
  return rule.kind === 'text' && rule.default === undefined;
}

/** Where an option is in a list, the message tells which. */
function shownName(name: string): string {
  return `'${name.replaceAll('[]', '[0]')}'`;
}

for (const [name, rule] of FLAT_OPTION_RULES) {
  test(`'${name}' is refused when it is of another type or out of range`, async (t) => {
    const wrong: unknown[] = [null, {}, [], Number.NaN];
    if (rule.kind === 'integer') {
      wrong.push(String(rule.default), rule.default + 0.5, rule.min - 1, rule.max + 1, 1n);
      if (rule.powerOfTwo === true) wrong.push(rule.min + 1);
    } else if (rule.kind === 'boolean') wrong.push('true', 1);
    else if (rule.kind === 'text') wrong.push('', 1, true);
    else wrong.push('else', '', 1, true);
    for (const value of wrong) {
      const error = await refusal(t, groupWith(name, value));
      t.is(error.code, 'ERR_OPTION_INVALID', `${name}: ${String(value)}`);
      t.true(error.message.includes(shownName(name)), error.message);
      t.truthy(error.hint);
    }
  });
}

for (const [name, rule] of Object.entries(OPEN_OPTION_RULES)) {
  if (rule.kind !== 'group') continue;
  test(`the group '${name}' is refused when it is no object, and a name in it when it is unknown`, async (t) => {
    for (const value of [null, [], 7, 'on', true]) {
      const error = await refusal(t, { [name]: value });
      t.is(error.code, 'ERR_OPTION_INVALID');
      t.true(error.message.includes(`'${name}'`));
    }
    const error = await refusal(t, { [name]: { xyzzy: 1 } });
    t.is(error.code, 'ERR_OPTION_UNKNOWN');
    t.true(error.message.includes(`'xyzzy' in '${name}'`));
  });
}

test('a batch bigger than the queue is refused', async (t) => {
  const error = await refusal(t, { batchBytesMax: 4096, queueBytesMax: 2048 });
  t.is(error.code, 'ERR_OPTION_INVALID');
  t.regex(error.message, /batchBytesMax.*queueBytesMax/);
});

test('options that are no object are refused', async (t) => {
  for (const options of [null, 7, 'full']) {
    t.is((await refusal(t, options as never)).code, 'ERR_OPTION_INVALID');
  }
});

test('an option that is undefined has its default', async (t) => {
  await using volume = await openVolume(undefined, { durability: undefined } as never);
  t.is(volume.options.durability, 'interval');
});
