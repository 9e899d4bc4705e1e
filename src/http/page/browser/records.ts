/** What was done for the upkeep of the volume, newest first. */
import type { MaintenanceRecord } from '../../served-volume.js';
import { byId, icon, make } from './dom.js';
import { formatAgo, formatBytes, formatDuration, formatMoment, wordsOf } from './format.js';

export function renderRecords(records: readonly MaintenanceRecord[], nowMs: number): void {
  const rows = records.map((record) => row(record, nowMs));
  byId('records').replaceChildren(...rows);
  byId('records-table').hidden = rows.length === 0;
  byId('records-none').hidden = rows.length > 0;
}

function row(record: MaintenanceRecord, nowMs: number): HTMLElement {
  const { kind, startedMs, endedMs, ok, detail } = record;
  const when = make('time', '', formatAgo(nowMs - endedMs));
  when.title = formatMoment(endedMs);
  const bytes = typeof detail.bytes === 'number' ? formatBytes(detail.bytes) : '';
  const result = make('span', `chip is-${ok ? 'ok' : 'unhealthy'}`, icon(ok ? 'ok' : 'unhealthy'));
  result.append(ok ? 'Done' : 'Failed');
  const told = make('td', 'told', result, ...reasonOf(record));
  const took = make('td', 'took', formatDuration(endedMs - startedMs));
  const size = make('td', 'size', bytes);
  const cells = [make('td', 'kind', wordsOf(kind)), make('td', 'when', when), took, size, told];
  // On a phone the cells are laid out as lines; they stay cells for who hears them.
  for (const each of cells) each.role = 'cell';
  const line = make('tr', '', ...cells);
  line.role = 'row';
  return line;
}

/** Why it failed, when the record says so. */
function reasonOf({ ok, detail }: MaintenanceRecord): HTMLElement[] {
  const reason = detail.message ?? detail.error;
  return ok || typeof reason !== 'string' ? [] : [make('p', 'reason', reason)];
}
