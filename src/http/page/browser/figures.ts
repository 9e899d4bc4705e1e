/** The few numbers that people look for first. */
import type { StatusDocument } from '../../status-document.js';
import { byId, make } from './dom.js';
import { formatAgo, formatBytes, formatCount } from './format.js';

interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

export function renderFigures(status: StatusDocument): void {
  byId('figures').replaceChildren(...figuresOf(status).map(cell));
}

function cell({ label, value, note }: Figure): HTMLElement {
  return make('div', '', make('dt', '', label), make('dd', '', value), make('dd', 'note', note));
}

function bytes(value: unknown): string {
  return typeof value === 'number' ? formatBytes(value) : '–';
}

function figuresOf(status: StatusDocument): Figure[] {
  const { figures } = status;
  return [
    {
      label: 'Database',
      value: bytes(figures?.databaseBytes),
      note: figures === null ? '' : `${formatBytes(figures.freeBytes)} of it free`,
    },
    { label: 'Write-ahead log', value: bytes(figures?.walBytes), note: lastCheckpoint(status) },
    freeOnDisk(status),
    unsynced(status),
    lastBackup(status),
    lastCheck(status),
  ];
}

function lastCheckpoint({ figures, atMs }: StatusDocument): string {
  const endedMs = figures?.checkpointEndedMs ?? null;
  if (endedMs === null) return '';
  return endedMs === 0 ? 'no checkpoint yet' : `checkpoint ${formatAgo(atMs - endedMs)}`;
}

function freeOnDisk({ health }: StatusDocument): Figure {
  const { value, limit } = health.checks.disk;
  return {
    label: 'Free on the disk',
    value: bytes(value),
    note: limit === null ? '' : `at least ${formatBytes(limit)} wanted`,
  };
}

function unsynced({ figures, health }: StatusDocument): Figure {
  const label = 'Not yet synced';
  const commits = figures?.unsyncedCommits ?? null;
  if (commits === null) return { label, value: '–', note: 'open for reading only' };
  const { value } = health.checks.unsynced;
  if (value === 0) return { label, value: '0 B', note: 'all is on stable storage' };
  const note = `in ${formatCount(commits)} ${commits === 1 ? 'commit' : 'commits'}`;
  return { label, value: bytes(value), note };
}

function lastBackup({ health, records }: StatusDocument): Figure {
  const { status, value } = health.checks.backup;
  const size = records.find(({ kind, ok }) => kind === 'backup' && ok)?.detail.bytes;
  const note = typeof size === 'number' ? formatBytes(size) : '';
  return {
    label: 'Last good backup',
    value: ageText(value),
    note: status === 'degraded' ? 'late or failing, see the checks' : note,
  };
}

function lastCheck({ health }: StatusDocument): Figure {
  const { status, value } = health.checks.integrity;
  const isKnown = typeof value === 'number';
  const found = status === 'unhealthy' ? 'found problems' : 'found no problem';
  return { label: 'Last check', value: ageText(value), note: isKnown ? found : '' };
}

function ageText(ageMs: unknown): string {
  return typeof ageMs === 'number' ? formatAgo(ageMs) : 'none';
}
