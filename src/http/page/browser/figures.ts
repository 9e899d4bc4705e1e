/** The few numbers that people look for first. */
import type { MaintenanceRecord } from '../../served-volume.js';
import type { StatusDocument } from '../../status-document.js';
import { byId, make } from './dom.js';
import { formatAgo, formatBytes, formatCount, formatMoment } from './format.js';

interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly title?: string;
}

export function renderFigures(status: StatusDocument): void {
  byId('figures').replaceChildren(...figuresOf(status).map(cell));
}

function cell({ label, value, note, title = '' }: Figure): HTMLElement {
  const item = make(
    'div',
    '',
    make('dt', '', label),
    make('dd', '', value),
    make('dd', 'note', note),
  );
  item.title = title;
  return item;
}

function figuresOf(status: StatusDocument): Figure[] {
  const { figures } = status;
  const bytes = (value: number | undefined): string =>
    value === undefined ? '–' : formatBytes(value);
  return [
    {
      label: 'Database',
      value: bytes(figures?.databaseBytes),
      note: figures === null ? '' : `${formatBytes(figures.freeBytes)} of it free`,
    },
    { label: 'Write-ahead log', value: bytes(figures?.walBytes), note: lastCheckpoint(status) },
    freeOnDisk(status),
    unsynced(status),
    lastOf('backup', 'Last backup', status),
    lastOf('check', 'Last check', status),
  ];
}

function lastCheckpoint({ health }: StatusDocument): string {
  const check = health.checks.checkpoint;
  return typeof check?.value === 'string' ? `last checkpoint: ${check.value}` : '';
}

function freeOnDisk({ health }: StatusDocument): Figure {
  const { value = null, limit = null } = health.checks.disk ?? {};
  return {
    label: 'Free on the disk',
    value: typeof value === 'number' ? formatBytes(value) : '–',
    note: limit === null ? '' : `at least ${formatBytes(limit)} wanted`,
  };
}

function unsynced({ figures, health }: StatusDocument): Figure {
  const label = 'Not yet synced';
  const commits = figures?.unsyncedCommits ?? null;
  if (commits === null) return { label, value: '–', note: 'open for reading only' };
  const check = health.checks.unsynced;
  const isBytes = check?.unit === 'bytes' && typeof check.value === 'number';
  const note = `${formatCount(commits)} ${commits === 1 ? 'commit' : 'commits'}`;
  if (isBytes) return { label, value: formatBytes(check.value as number), note };
  return { label, value: note, note: commits === 0 ? 'all is on stable storage' : '' };
}

function lastOf(kind: string, label: string, { records, atMs }: StatusDocument): Figure {
  const record: MaintenanceRecord | undefined = records.find((each) => each.kind === kind);
  if (record === undefined) return { label, value: 'none', note: 'not recorded yet' };
  return {
    label,
    value: formatAgo(atMs - record.endedMs),
    note: record.ok ? 'done' : 'failed',
    title: formatMoment(record.endedMs),
  };
}
