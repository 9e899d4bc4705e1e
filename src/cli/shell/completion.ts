/** Names and words that the Tab key completes. */
import { VIEWS } from '../../maintenance/query/views.js';
import { DOT_COMMANDS } from './dot-commands.js';
import { MODES } from './render.js';

const KEYWORDS: readonly string[] =
  'ALL AND AS ASC AVG BETWEEN BY CASE COUNT DESC DISTINCT ELSE END EXPLAIN FROM GLOB GROUP HAVING IN IS JOIN LEFT LENGTH LIKE LIMIT LOWER MAX MIN NOT NULL OFFSET ON OR ORDER PLAN QUERY RECURSIVE ROUND SELECT SUBSTR SUM THEN TOTAL UNION UPPER USING VALUES WHEN WHERE WITH'.split(
    ' ',
  );

const VIEW_NAMES: readonly string[] = VIEWS.map(({ name }) => name);
const COLUMN_NAMES: readonly string[] = [
  ...new Set(VIEWS.flatMap(({ columns }) => columns.map(({ name }) => name))),
];

/** As readline wants it: what fits, and the part of the line that it would replace. */
export function complete(line: string): [hits: string[], part: string] {
  const dot = /^\s*(\.\w*)$/.exec(line)?.[1];
  if (dot !== undefined) return [startingWith(dot, Object.keys(DOT_COMMANDS)), dot];
  const part = /\w*$/.exec(line)?.[0] ?? '';
  const command = /^\s*(\.\w+)\s+\w*$/.exec(line)?.[1];
  if (command === '.mode') return [startingWith(part, MODES), part];
  if (command === '.schema') return [startingWith(part, VIEW_NAMES), part];
  if (part === '') return [[], part];
  const isLower = part === part.toLowerCase();
  const keywords = isLower ? KEYWORDS.map((word) => word.toLowerCase()) : KEYWORDS;
  return [startingWith(part, [...VIEW_NAMES, ...COLUMN_NAMES, ...keywords]), part];
}

function startingWith(part: string, names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name.startsWith(part)))].sort();
}
