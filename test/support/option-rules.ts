/** All options of `openVolume` by their full names, those in groups and lists too. */
import type { OptionRule, RuleTable } from '#src/core/option-rules.js';
import { OPEN_OPTION_RULES } from '#src/core/options.js';

/** Options of groups have the group's name in front, those of lists with `[]` after it. */
function flatten(rules: RuleTable, before: string): [string, OptionRule][] {
  return Object.entries(rules).flatMap(([name, rule]): [string, OptionRule][] => {
    if (rule.kind === 'group') return flatten(rule.rules, `${before}${name}.`);
    if (rule.kind === 'list') return flatten(rule.item, `${before}${name}[].`);
    return [[before + name, rule]];
  });
}

export const FLAT_OPTION_RULES: ReadonlyMap<string, OptionRule> = new Map(
  flatten(OPEN_OPTION_RULES, ''),
);
