/**
 * The status page: asks for the status every two seconds while somebody can see it, and shows it.
 *
 *   asking ──answer──▶ shown ──2 s──▶ asking        asking ──no answer──▶ stale ──2 s──▶ asking
 *   (tab hidden: nothing is asked; when it is seen again, at once)
 */
import type { HealthCheckName } from '../../served-volume.js';
import type { Sample, StatusDocument } from '../../status-document.js';
import { renderBanner, renderNoAnswer } from './banner.js';
import { Chart, type ChartKind } from './chart.js';
import { renderChecks } from './checks.js';
import { byId, setText } from './dom.js';
import { renderFigures } from './figures.js';
import { formatClock, formatDuration } from './format.js';
import { renderRecords } from './records.js';

const POLL_MS = 2000;
const ANSWER_MAX_MS = 6000;
/** Samples further apart than this many intervals are not joined by a line. */
const GAP_INTERVALS = 2.5;
const MINUTE_MS = 60_000;
const WINDOWS_MS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS];
const READ_ONLY = 'Not known: the volume is open for reading only.';

/** Each chart, and the check whose limit it shows. */
const CHARTS: readonly (ChartKind & { readonly check?: HealthCheckName })[] = [
  {
    title: 'Queue depth',
    unit: 'count',
    series: [{ key: 'queueDepth', label: 'writes' }],
    empty: READ_ONLY,
    check: 'queueDepth',
  },
  {
    title: 'Write-ahead log',
    unit: 'bytes',
    series: [{ key: 'walBytes', label: 'size' }],
    empty: 'No samples yet.',
    check: 'wal',
  },
  {
    title: 'Commit latency',
    unit: 'milliseconds',
    series: [{ key: 'commitMs', label: 'mean' }],
    empty: 'No commits in this time.',
  },
  {
    title: 'Throughput',
    unit: 'count',
    series: [
      { key: 'operationsPerSecond', label: 'operations/s' },
      { key: 'commitsPerSecond', label: 'commits/s' },
    ],
    empty: READ_ONLY,
  },
];

const charts = CHARTS.map((kind) => new Chart(kind));
let samples: Sample[] = [];
let servedSinceMs = 0;
let answeredMs: number | undefined;
let timer = 0;

byId('charts').replaceChildren(...charts.map(({ element }) => element));
byId('sign-out').addEventListener('click', signOut);
document.addEventListener('visibilitychange', () => {
  window.clearTimeout(timer);
  if (!document.hidden) void poll();
});
void poll();

async function poll(): Promise<void> {
  window.clearTimeout(timer);
  try {
    show(await ask());
    answeredMs = Date.now();
  } catch {
    renderNoAnswer(answeredMs);
  }
  if (!document.hidden) timer = window.setTimeout(() => void poll(), POLL_MS);
}

async function ask(): Promise<StatusDocument> {
  const answer = await fetch(`/status.json?after=${samples.at(-1)?.number ?? 0}`, {
    cache: 'no-store',
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
  });
  // The session has ended: the same address shows where to sign in.
  if (answer.status === 401) window.location.reload();
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as StatusDocument;
}

function show(status: StatusDocument): void {
  remember(status);
  renderBanner(status);
  renderFigures(status);
  renderCharts(status);
  renderChecks(status.health);
  renderRecords(status.records, status.atMs);
  byId('sign-out').hidden = !status.hasToken;
  const { cabinetfs, node } = status.software;
  setText(byId('updated'), `Updated ${formatClock(status.atMs)}`);
  setText(
    byId('software'),
    `cabinetfs ${cabinetfs}, Node.js ${node}, served for ${formatDuration(status.atMs - status.servedSinceMs)}`,
  );
  document.body.dataset.samples = String(samples.length);
}

/** A server that was started anew counts its samples from the beginning. */
function remember(status: StatusDocument): void {
  if (status.servedSinceMs !== servedSinceMs) samples = [];
  servedSinceMs = status.servedSinceMs;
  const oldestMs = status.atMs - status.historyMs;
  const added = status.samples.filter(({ number }) => number > (samples.at(-1)?.number ?? 0));
  samples = [...samples, ...added].filter(({ atMs }) => atMs >= oldestMs);
}

/** Where little has been seen yet, little is drawn: a minute at least, in the end all that is kept. */
function windowOf({ atMs, historyMs }: StatusDocument): number {
  const seenMs = atMs - (samples[0]?.atMs ?? atMs);
  return WINDOWS_MS.find((windowMs) => windowMs >= seenMs) ?? historyMs;
}

function renderCharts(status: StatusDocument): void {
  const { health, atMs, sampleIntervalMs } = status;
  const windowMs = windowOf(status);
  setText(
    byId('charts-title'),
    windowMs === MINUTE_MS ? 'Last minute' : `Last ${windowMs / MINUTE_MS} minutes`,
  );
  for (const [index, { check }] of CHARTS.entries()) {
    charts[index]?.update({
      samples,
      endMs: atMs,
      windowMs,
      gapMs: sampleIntervalMs * GAP_INTERVALS,
      limit: check === undefined ? null : health.checks[check].limit,
    });
  }
}

async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE' });
  window.location.reload();
}
