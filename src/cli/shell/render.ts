/** A result as text: a table for people, CSV and JSON for programs, or a line for each value. */
import type { QueryValue } from '../../index.js';
import { fitted, padded, shownText, widthOf } from './shown-text.js';

export const MODES = ['table', 'csv', 'json', 'line'] as const;
export type Mode = (typeof MODES)[number];

export interface ShellResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly QueryValue[])[];
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** `widthMax`: columns of the terminal; undefined where there is none and nothing is cut. */
export function render(result: ShellResult, mode: Mode, widthMax: number | undefined): string {
  switch (mode) {
    case 'table':
      return asTable(result, widthMax);
    case 'csv':
      return asCsv(result);
    case 'json':
      return asJson(result);
    case 'line':
      return asLines(result);
  }
}

const BLOB_SHOWN_BYTES = 16;

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A value in a table. */
function cellOf(value: QueryValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return shownText(value);
  if (typeof value !== 'object') return String(value);
  const start = hexOf(value.subarray(0, BLOB_SHOWN_BYTES));
  return value.length <= BLOB_SHOWN_BYTES ? `x'${start}'` : `x'${start}…' (${value.length} bytes)`;
}

function isNumber(value: QueryValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

const GAP = '  ';
/** Narrower than this no column becomes. */
const WIDTH_MIN = 8;

/** Takes from the widest texts what does not fit; numbers stay whole. */
function shrink(
  widths: readonly number[],
  mayShrink: readonly boolean[],
  widthMax: number,
): number[] {
  const result = [...widths];
  const gaps = GAP.length * (widths.length - 1);
  let excess = result.reduce((sum, width) => sum + width, gaps) - widthMax;
  while (excess > 0) {
    const candidates = result.map((width, column) => (mayShrink[column] === true ? width : 0));
    const widest = Math.max(...candidates);
    if (widest <= WIDTH_MIN) break;
    result[candidates.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return result;
}

function asTable({ columns, rows }: ShellResult, widthMax: number | undefined): string {
  const head = columns.map(shownText);
  const cells = rows.map((row) => row.map(cellOf));
  const isNumeric = columns.map(
    (_name, column) =>
      rows.some((row) => isNumber(row[column] ?? null)) &&
      rows.every((row) => row[column] === null || isNumber(row[column] ?? null)),
  );
  let widths = head.map((name, column) => {
    return cells.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), widthOf(name));
  });
  if (widthMax !== undefined) {
    widths = shrink(
      widths,
      isNumeric.map((each) => !each),
      widthMax,
    );
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return padded(fitted(cell, width), width, isNumeric[column] === true);
      })
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join(GAP);
  return [line(head), rule, ...cells.map(line)].map((each) => `${each}\n`).join('');
}

/** Text is given as it is: what reads CSV is a program. */
function csvCell(value: QueryValue): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? hexOf(value) : String(value);
  // An empty text is not NULL.
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCsv({ columns, rows }: ShellResult): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

/** JSON has neither bytes nor integers beyond 2^53: text in hexadecimal, and digits as text. */
function jsonValue(value: QueryValue): string | number | null {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? hexOf(value) : value;
}

function asJson({ columns, rows, truncated, durationMs }: ShellResult): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map((name, index) => [name, jsonValue(row[index] ?? null)])),
  );
  return `${JSON.stringify({ columns, rows: objects, truncated, durationMs })}\n`;
}

function asLines({ columns, rows }: ShellResult): string {
  const head = columns.map(shownText);
  const width = Math.max(0, ...head.map(widthOf));
  const blocks = rows.map((row) =>
    row.map((value, index) => `${padded(head[index] ?? '', width, true)} = ${cellOf(value)}\n`),
  );
  return blocks.map((lines) => lines.join('')).join('\n');
}
