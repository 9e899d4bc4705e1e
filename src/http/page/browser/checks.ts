/** The list of checks: what needs somebody first, and what does not count last. */
import type { Health, HealthCheck } from '../../served-volume.js';
import { byId, icon, make, proseOf, setText } from './dom.js';
import { formatDuration, formatMoment, formatValue, wordsOf } from './format.js';

const NAMES: Readonly<Record<string, string>> = {
  queueBytes: 'Queue size',
  queueAge: 'Oldest write',
  wal: 'Write-ahead log',
  snapshot: 'Oldest snapshot',
  disk: 'Free disk space',
  integrity: 'Integrity check',
  checkpoint: 'Last checkpoint',
  unsynced: 'Not yet synced',
};
const ORDER: readonly HealthCheck['status'][] = ['unhealthy', 'degraded', 'unknown', 'ok', 'off'];
export const STATUS_WORDS: Readonly<Record<HealthCheck['status'], string>> = {
  ok: 'OK',
  degraded: 'Degraded',
  unhealthy: 'Unhealthy',
  unknown: 'Unknown',
  off: 'Off',
};

export function nameOfCheck(key: string): string {
  return NAMES[key] ?? wordsOf(key);
}

type Entry = readonly [key: string, check: HealthCheck];

export function sortedChecks({ checks }: Health): Entry[] {
  return Object.entries(checks).sort(
    ([, a], [, b]) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status),
  );
}

export function needsAttention([, { status }]: Entry): boolean {
  return status !== 'ok' && status !== 'off';
}

export function renderChecks(health: Health): void {
  const entries = sortedChecks(health);
  byId('checks').replaceChildren(...entries.map((entry) => row(entry, health.atMs)));
  const attention = entries.filter(needsAttention).length;
  const fine = entries.filter(([, { status }]) => status === 'ok').length;
  const counts = attention === 0 ? `${fine} fine` : `${attention} to look at, ${fine} fine`;
  setText(byId('checks-count'), counts);
}

function row([key, check]: Entry, nowMs: number): HTMLElement {
  const { status, message, sinceMs } = check;
  const chip = make('span', 'chip', icon(status), STATUS_WORDS[status]);
  const isTimed = sinceMs > 0 && status !== 'off';
  const since = make('span', 'since', isTimed ? `for ${formatDuration(nowMs - sinceMs)}` : '');
  if (isTimed) since.title = `since ${formatMoment(sinceMs)}`;
  const title = make('h3', '', nameOfCheck(key));
  const value = make('span', 'value', valueText(check));
  const item = make(
    'li',
    `check is-${status}`,
    chip,
    title,
    value,
    since,
    make('p', '', ...proseOf(message)),
  );
  item.dataset.check = key;
  return item;
}

function valueText({ value, unit, limit }: HealthCheck): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  const shown = formatValue(value, unit);
  return limit === null ? shown : `${shown} (limit ${formatValue(limit, unit)})`;
}
