/** The thread that is asked, the software, and the verdicts of health. */
import { VERSION } from '../../core/software.js';
import { type CheckStatus, HEALTH_CHECK_NAMES, type HealthStatus } from '../health.js';
import type { FamilyDefinition, Sample } from './family.js';
import type { MetricsSources } from './sources.js';

/** How often the timer fires whose delay is measured, in milliseconds. */
export const EVENT_LOOP_RESOLUTION_MS = 10;

const NANOSECONDS = 1e9;

const STATUS_NUMBERS: Readonly<Record<CheckStatus | HealthStatus, number>> = {
  ok: 0,
  healthy: 0,
  off: 0,
  degraded: 1,
  unknown: 1,
  unhealthy: 2,
};

function healthSamples({ health }: MetricsSources): Sample[] {
  const { status, checks } = health();
  return [
    { value: STATUS_NUMBERS[status], labels: { check: 'overall' } },
    ...HEALTH_CHECK_NAMES.map((check) => ({
      value: STATUS_NUMBERS[checks[check].status],
      labels: { check },
    })),
  ];
}

/** By how much the timer was late since the last scrape, in seconds. */
function eventLoopSamples({ eventLoop }: MetricsSources): Sample[] {
  const late = (ns: number): number =>
    Number.isFinite(ns) ? Math.max(0, ns / NANOSECONDS - EVENT_LOOP_RESOLUTION_MS / 1000) : 0;
  const hasFired = eventLoop.count > 0;
  const values: readonly [string, number][] = [
    ['mean', hasFired ? late(eventLoop.mean) : 0],
    ['p50', hasFired ? late(eventLoop.percentile(50)) : 0],
    ['p99', hasFired ? late(eventLoop.percentile(99)) : 0],
    ['max', hasFired ? late(eventLoop.max) : 0],
  ];
  eventLoop.reset();
  return values.map(([stat, value]) => ({ value, labels: { stat } }));
}

export const PROCESS_FAMILIES: readonly FamilyDefinition[] = [
  {
    name: 'cabinetfs_health_status',
    help: 'Verdict of health by check, and overall: 0 ok or off, 1 degraded or unknown, 2 unhealthy.',
    type: 'gauge',
    labels: ['check'],
    read: healthSamples,
  },
  {
    name: 'cabinetfs_event_loop_delay_seconds',
    help: 'By how much the event loop of the thread that is asked was late since the last scrape.',
    type: 'gauge',
    labels: ['stat'],
    read: eventLoopSamples,
  },
  {
    name: 'cabinetfs_build_info',
    help: 'Always 1; versions of cabinetfs and Node.js in the labels.',
    type: 'gauge',
    labels: ['version', 'node'],
    read: () => [{ value: 1, labels: { version: VERSION, node: process.version } }],
  },
];
