/** Commands of the shell itself: lines that begin with a dot. */
import { VIEWS } from '../../maintenance/query/views.js';
import { UsageError } from '../failure.js';
import { table } from '../format.js';
import { MODES, type Mode } from './render.js';
import type { ShellSession } from './session.js';
import { shownText } from './shown-text.js';

interface DotCommand {
  readonly usage: string;
  readonly about: string;
  readonly run: (session: ShellSession, argument: string, signal: AbortSignal) => Promise<void>;
}

export const DOT_COMMANDS: Readonly<Record<string, DotCommand>> = {
  '.help': { usage: '.help', about: 'show this', run: help },
  '.views': { usage: '.views', about: 'what can be asked', run: views },
  '.tables': { usage: '.tables', about: 'the tables below, see docs/format.md', run: tables },
  '.schema': { usage: '.schema NAME', about: 'columns of a view or table', run: schema },
  '.mode': { usage: '.mode [NAME]', about: `how rows are shown: ${MODES.join(', ')}`, run: mode },
  '.limit': { usage: '.limit [N]', about: 'most rows of a result', run: limit },
  '.timeout': { usage: '.timeout [S]', about: 'longest a query may run, in seconds', run: timeout },
  '.quit': { usage: '.quit', about: 'leave (Ctrl-D does too)', run: quit },
};

/** Runs a line that begins with a dot. Throws `UsageError` for what makes no sense. */
export async function runDotCommand(
  session: ShellSession,
  line: string,
  signal: AbortSignal,
): Promise<void> {
  const [name = '', ...rest] = line.replace(/;\s*$/, '').trim().split(/\s+/);
  const command = DOT_COMMANDS[name === '.exit' ? '.quit' : name.toLowerCase()];
  if (command === undefined) {
    throw new UsageError(`There is no command '${shownText(name)}'.`, "See '.help'.");
  }
  await command.run(session, rest.join(' '), signal);
}

async function help({ output }: ShellSession): Promise<void> {
  const rows = Object.values(DOT_COMMANDS).map(({ usage, about }) => [usage, about]);
  const text = 'A query is one SELECT and ends with ;. Ctrl-C ends a query that runs.\n\n';
  await output.write(text + table(rows));
}

async function views({ output }: ShellSession): Promise<void> {
  await output.write(VIEWS.map(({ name, about }) => `${name}\n  ${about}\n`).join(''));
}

const TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name";
const TABLE_SQL = 'SELECT sql FROM sqlite_schema WHERE lower(name) = lower(?) AND sql IS NOT NULL';

async function tables({ volume, output }: ShellSession, _: string, signal: AbortSignal) {
  const { rows } = await volume.query(TABLES, [], { signal });
  await output.write(rows.map(({ name }) => `${shownText(String(name))}\n`).join(''));
}

async function schema(session: ShellSession, name: string, signal: AbortSignal): Promise<void> {
  const view = VIEWS.find((each) => each.name === name.toLowerCase());
  if (view !== undefined) {
    const rows = view.columns.map((column) => [column.name, column.type, column.about]);
    await session.output.write(`${view.about}\n\n${table(rows)}`);
    return;
  }
  const { rows } = await session.volume.query(TABLE_SQL, [name], { signal });
  if (rows.length === 0) {
    const hint = `Views are ${VIEWS.map((each) => each.name).join(', ')}; '.tables' lists the tables.`;
    throw new UsageError(`There is no view or table '${shownText(name)}'.`, hint);
  }
  // Text of ours with line ends, unless a stranger made the volume.
  const lines = rows.flatMap(({ sql }) => String(sql).split('\n'));
  await session.output.write(lines.map((line) => `${shownText(line)}\n`).join(''));
}

async function mode({ settings, output }: ShellSession, name: string): Promise<void> {
  if (name === '') {
    await output.write(`${settings.mode}\n`);
    return;
  }
  if (!MODES.includes(name as Mode)) {
    throw new UsageError(`There is no mode '${shownText(name)}'.`, `Use ${MODES.join(', ')}.`);
  }
  settings.mode = name as Mode;
}

const ROWS_LIMIT = 10_000_000;
const SECONDS_LIMIT = 86_400;

async function limit({ settings, output }: ShellSession, text: string): Promise<void> {
  if (text === '') await output.write(`${settings.rowsMax}\n`);
  else settings.rowsMax = parseLimit(text);
}

async function timeout({ settings, output }: ShellSession, text: string): Promise<void> {
  if (text === '') await output.write(`${settings.timeoutMs / 1000}\n`);
  else settings.timeoutMs = parseTimeoutMs(text);
}

/** `500` as a number of rows. */
export function parseLimit(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= ROWS_LIMIT) return value;
  throw new UsageError(`A limit is a whole number from 1 to ${ROWS_LIMIT}.`);
}

/** Seconds, `2.5`, as milliseconds. */
export function parseTimeoutMs(text: string): number {
  const ms = Math.round(Number(text) * 1000);
  if (/^\d+(\.\d+)?$/.test(text) && ms >= 1 && ms <= SECONDS_LIMIT * 1000) return ms;
  throw new UsageError(`A time limit is a number of seconds above 0, at most ${SECONDS_LIMIT}.`);
}

async function quit(session: ShellSession): Promise<void> {
  session.end();
}
