/** Results as text: one table per group, its goals below. */
import type { GoalResult } from './judge.js';
import type { GroupResult } from './run-group.js';
import type { Group } from './scenario.js';
import { median, spread } from './statistics.js';

export function groupLines(group: Group, result: GroupResult): string[] {
  const heading = ['', ...group.metrics.map((metric) => metric.label), 'spread'];
  const rows = result.contenders.map(({ name, rounds, error }) => {
    if (error !== undefined) return [name, ...group.metrics.map(() => 'failed'), ''];
    const columns = group.metrics.map(({ key }) => roundsOf(rounds, key));
    const first = columns.find((column) => column.length > 0) ?? [];
    return [
      name,
      ...columns.map((column) => formatNumber(median(column))),
      first.length > 1 ? `${Math.round(spread(first) * 100)} %` : '',
    ];
  });
  const failures = result.contenders.flatMap(({ name, error }) =>
    error === undefined ? [] : [`  FAILED ${name}: ${error}`],
  );
  return [
    group.title,
    ...alignColumns([heading, ...rows]).map((line) => `  ${line}`),
    ...failures,
    ...result.goals.map((goal) => `  ${goalLine(goal)}`),
    '',
  ];
}

export function goalLine({ goal, value, ok }: GoalResult): string {
  const wanted =
    'atLeast' in goal.bound ? `at least ${goal.bound.atLeast}` : `at most ${goal.bound.atMost}`;
  const unit = goal.unit ?? (goal.against === undefined ? '' : `of ${goal.against[0]}`);
  const number = Number.isNaN(value) ? 'not measured' : `${formatRatio(value)} ${unit}`.trim();
  const mark = Number.isNaN(value) ? '??' : ok ? 'ok' : 'BELOW GOAL';
  return `${goal.label}: ${number} (goal ${wanted}) ${mark}`;
}

function roundsOf(rounds: GroupResult['contenders'][number]['rounds'], key: string): number[] {
  return rounds.flatMap((round) => round?.[key] ?? []);
}

function formatRatio(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(value < 0.1 ? 2 : value < 10 ? 3 : 4);
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** The first column to the left, the numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}
