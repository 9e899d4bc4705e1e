/** The documents about metrics name what there is, and all of it. */
import test from 'ava';
import { parse } from 'yaml';
import { OPERATION_KINDS, OPERATION_RESULTS, resultNumber } from '#src/core/operation-kinds.js';
import { HEALTH_CHECK_NAMES } from '#src/health/health.js';
import { METRIC_FAMILIES } from '#src/health/metrics/registry.js';
import { MAINTENANCE_KINDS } from '#src/store/maintenance-table.js';
import { codeOf, tableRows } from '../support/markdown.js';
import { readProjectFile } from '../support/project.js';

const METRICS = readProjectFile('docs/metrics.md');
const ALERTS = readProjectFile('docs/alerts.yml');
const DASHBOARD = readProjectFile('docs/grafana-dashboard.json');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

/** Names of series, with those of the parts of histograms. */
const SERIES = new Set(
  METRIC_FAMILIES.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);
const LABELS = new Map(
  METRIC_FAMILIES.flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].map((part) => [part, labels] as const)
      : [[name, labels] as const],
  ),
);

/** Series that an expression names, with the labels it selects by. */
function selectors(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b(cabinetfs_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', by = '']) => ({
    name,
    labels: [...by.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }));
}

function unknownSelectors(exprs: readonly string[]): string[] {
  return exprs
    .flatMap(selectors)
    .filter(({ name, labels }) => {
      const known = [...(LABELS.get(name) ?? []), 'instance', 'job', 'le'];
      return !SERIES.has(name) || labels.some((label) => !known.includes(label));
    })
    .map(({ name, labels }) => `${name}{${labels.join()}}`);
}

test('docs/metrics.md lists exactly the metrics there are, in order', (t) => {
  const listed = tableRows(METRICS, 'Metric').map(({ Metric, Type, Labels, Meaning }) => ({
    name: codeOf(Metric),
    type: Type,
    labels: [...(Labels ?? '').matchAll(/`(\w+)`/g)].map(([, label]) => label),
    help: Meaning,
  }));
  t.deepEqual(
    listed,
    METRIC_FAMILIES.map(({ name, type, labels, help }) => ({ name, type, labels, help })),
  );
});

test('docs/metrics.md lists the values of labels', (t) => {
  const values = (label: string, of: string): string[] => {
    const row = tableRows(METRICS, 'Label').find(
      ({ Label, Of }) => codeOf(Label) === label && Of === of,
    );
    return [...(row?.Values ?? '').matchAll(/`([^`]+)`/g)].map(([, value = '']) => value);
  };
  t.deepEqual(values('kind', 'operations'), [...OPERATION_KINDS]);
  t.deepEqual(values('result', 'operations'), [...OPERATION_RESULTS]);
  t.deepEqual(values('kind', 'maintenance'), [...MAINTENANCE_KINDS]);
  t.deepEqual(values('check', 'health'), ['overall', ...HEALTH_CHECK_NAMES]);
});

test('docs/metrics.md lists the codes of each class of results', (t) => {
  for (const { Result, Codes } of tableRows(METRICS, 'Result')) {
    for (const [, code] of (Codes ?? '').matchAll(/`(\w+)`/g)) {
      t.is(OPERATION_RESULTS[resultNumber({ code })], codeOf(Result) as 'ok', code);
    }
  }
});

test('docs/alerts.yml is a file of rules for Prometheus', (t) => {
  const { groups } = parse(ALERTS) as { groups: { name: string; rules: Alert[] }[] };
  t.deepEqual(
    groups.map(({ name }) => name),
    ['cabinetfs'],
  );
  const rules = groups.flatMap((group) => group.rules);
  t.true(rules.length > 15);
  t.is(new Set(rules.map(({ alert }) => alert)).size, rules.length, 'names are unique');
  for (const rule of rules) {
    t.regex(rule.alert, /^Cabinetfs[A-Z]\w+$/);
    t.true(['warning', 'critical'].includes(rule.labels.severity), rule.alert);
    t.regex(rule.annotations.summary, /\.$/, rule.alert);
    t.regex(rule.annotations.description, /\.$/, rule.alert);
    t.regex(rule.for ?? '1m', /^\d+[sm]$/, rule.alert);
    t.true(selectors(rule.expr).length > 0, rule.alert);
  }
  t.deepEqual(unknownSelectors(rules.map(({ expr }) => expr)), []);
});

test('docs/grafana-dashboard.json is a dashboard whose panels show metrics there are', (t) => {
  const dashboard = JSON.parse(DASHBOARD) as {
    title: string;
    uid: string;
    schemaVersion: number;
    templating: { list: { name: string; type: string }[] };
    panels: Panel[];
  };
  t.is(dashboard.title, 'cabinetfs');
  t.true(dashboard.schemaVersion >= 36);
  t.deepEqual(
    dashboard.templating.list.map(({ name, type }) => [name, type]),
    [
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ],
  );
  const { panels } = dashboard;
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length, 'ids are unique');
  for (const { title, type, gridPos, targets = [] } of panels) {
    t.true(gridPos.x + gridPos.w <= 24, title);
    if (type === 'row') continue;
    t.true(targets.length > 0, title);
    t.is(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const { expr } of targets) t.regex(expr, /\{[^}]*instance=~/, title);
  }
  const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  t.deepEqual(unknownSelectors(exprs), []);
});

test('every metric is on the dashboard, in an alert, or listed here as being for a closer look', (t) => {
  const shown = `${DASHBOARD}${ALERTS}`;
  const unseen = METRIC_FAMILIES.filter(({ name }) => !shown.includes(name)).map(
    ({ name }) => name,
  );
  t.deepEqual(unseen, [
    'cabinetfs_commit_number',
    'cabinetfs_batch_bytes',
    'cabinetfs_unsynced_commits',
    'cabinetfs_checkpoint_last_timestamp_seconds',
    'cabinetfs_maintenance_last_timestamp_seconds',
    'cabinetfs_maintenance_last_duration_seconds',
    'cabinetfs_maintenance_running',
    'cabinetfs_archive_last_shipped_timestamp_seconds',
  ]);
});

test('no two panels of the dashboard lie on each other', (t) => {
  const { panels } = JSON.parse(DASHBOARD) as { panels: Panel[] };
  for (const a of panels) {
    for (const b of panels) {
      if (a.id >= b.id) continue;
      const [p, q] = [a.gridPos, b.gridPos];
      const apart = p.x + p.w <= q.x || q.x + q.w <= p.x || p.y + p.h <= q.y || q.y + q.h <= p.y;
      t.true(apart, `${a.title} and ${b.title}`);
    }
  }
});
