/** Parsers for values of options: they only look at the text and never at the world. */
import { Command, InvalidArgumentError, Option } from 'commander';

const SIZE = /^(\d+)\s*(k|kib|m|mib)?$/i;
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

/** `65536`, `64K` or `1M`. */
export function parseSize(text: string): number {
  const match = SIZE.exec(text);
  if (match === null) throw new InvalidArgumentError('A size is a number, or one with K or M.');
  const unit = (match[2] ?? '').charAt(0).toLowerCase();
  return Number(match[1]) * (FACTORS[unit] ?? 1);
}

/** `1000` as a count. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('It must be a whole number.');
}

const DURATION = /^(\d+)([smhdw])$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** `90s`, `15m`, `12h`, `1d` or `2w` as seconds. */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 0);
  if (seconds >= 1 && Number.isSafeInteger(seconds)) return seconds;
  throw new InvalidArgumentError('A duration is a number with a unit: 90s, 15m, 12h, 1d or 2w.');
}

/** Permission bits in octal, for example `755`. */
export function parseMode(text: string): number {
  if (!/^[0-7]{3,4}$/.test(text)) {
    throw new InvalidArgumentError('A mode is three or four octal digits, for example 755.');
  }
  return Number.parseInt(text, 8);
}

/** A port; whether it is one that can be had is for who listens to find out. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  }
  return Number(text);
}

/** A command with the options that all have. */
export function baseCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'answer with one JSON document; errors too, on the standard error output')
    .option('-q, --quiet', 'say nothing but errors');
}

/** The same for a command that writes. */
export function writingCommand(name: string, summary: string): Command {
  return baseCommand(name, summary).addOption(
    new Option('--durability <level>', 'what a finished write survives').choices([
      'full',
      'interval',
      'normal',
      'off',
    ]),
  );
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Options without those that were not given. */
export function given<T extends object>(
  options: T,
): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<{ [K in keyof T]: NonNullable<T[K]> }>;
}
