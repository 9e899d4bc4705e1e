/** An error as the command shows it: one or two lines, or JSON; never a stack, unless it is our bug. */
import { getSystemErrorMap } from 'node:util';
import type { TransferResult } from '../index.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { counted, humanBytes, shownName } from './format.js';

/** The command was called in a way that makes no sense. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path?: string | undefined;
  /** What a transfer had done when it stopped. */
  readonly transfer?: TransferResult | undefined;
}

interface ErrorFields {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly hint?: unknown;
  readonly path?: unknown;
  readonly dest?: unknown;
  /** Node's own errors for some calls keep the fields one level down. */
  readonly info?: { readonly code?: unknown; readonly path?: unknown; readonly errno?: unknown };
  readonly transfer?: TransferResult;
}

const BUG_HINT = 'This is a bug in cabinetfs; please report it with the lines above.';
// Names of libuv's own codes have no place in front of a person.
const ERRNO_TEXTS: ReadonlyMap<string, string> = new Map(
  [...getSystemErrorMap().values()].map(([code, text]) => [code, text]),
);

export function describeFailure(error: unknown): Failure {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as ErrorFields;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof fields.code !== 'string') return ourBug(error, message);
  const hint = textOf(fields.hint);
  return {
    code: fields.code,
    message: plainMessage(fields, message, hint),
    hint: fields.code === 'ERR_BUG' ? BUG_HINT : hint,
    path: textOf(fields.path) ?? textOf(fields.info?.path),
    transfer: fields.transfer,
  };
}

/** An error without a code is one that nobody thought of. */
function ourBug(error: unknown, message: string): Failure {
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return { code: 'ERR_BUG', message: stack, hint: BUG_HINT };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function plainMessage(fields: ErrorFields, message: string, hint: string | undefined): string {
  const { info } = fields;
  if (info?.errno !== undefined) return plainMessage({ ...info }, message, hint);
  const text = ERRNO_TEXTS.get(String(fields.code));
  if (text !== undefined && fields.errno !== undefined) {
    const paths = [fields.path, fields.dest].filter((path) => typeof path === 'string');
    const where = paths.map((path) => `'${path}'`).join(' -> ');
    return where === '' ? `${text} (${String(fields.code)})` : `${where}: ${text}`;
  }
  if (fields.code === 'ABORT_ERR') return 'interrupted';
  // A VolumeError repeats its hint at the end of its message.
  return hint !== undefined && message.endsWith(` ${hint}`)
    ? message.slice(0, -hint.length - 1)
    : message;
}

/** Writes the failure to the standard error output and returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = describeFailure(error);
  const exitCode = exitCodeOf(failure.code);
  if (exitCode === EXIT.brokenPipe) return exitCode;
  process.stderr.write(json ? asJson(failure) : asText(failure));
  return exitCode;
}

function asJson({ code, message, hint, path, transfer }: Failure): string {
  const error = { code, message, hint: hint ?? null, path: path ?? null };
  return `${JSON.stringify({ error: { ...error, ...(transfer && { transfer }) } })}\n`;
}

function asText({ message, hint, transfer }: Failure): string {
  const lines = [`cabinet: ${message}`];
  if (hint !== undefined) lines.push(hint);
  if (transfer !== undefined) lines.push(describeStop(transfer));
  return `${lines.join('\n')}\n`;
}

function describeStop({ files, directories, bytes, lastPath }: TransferResult): string {
  if (lastPath === undefined) return 'Nothing was carried.';
  const what = `${counted(files, 'file')}, ${counted(directories, 'directory', 'directories')}`;
  return `Carried until then: ${what}, ${humanBytes(bytes)}; the last was '${shownName(lastPath)}'. The same command goes on from there.`;
}
