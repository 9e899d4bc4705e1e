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

/** A whole number; whether it is one that can be is for who uses it to say. */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A number is needed.');
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
