/** Read connections and long reads, of all threads together. */
import type { ThreadGauge } from '../../core/thread-slot.js';
import { ageAt } from '../wording.js';
import { type FamilyDefinition, gauge } from './family.js';
import type { MetricsSources } from './sources.js';

function sumOf(name: ThreadGauge): (from: MetricsSources) => number {
  return ({ threads }) => {
    let sum = 0;
    for (const slot of threads.slots) sum += slot.get(name);
    return sum;
  };
}

export const READER_FAMILIES: readonly FamilyDefinition[] = [
  gauge('cabinetfs_threads', 'Threads that have the volume open.', ({ threadCount }) =>
    threadCount(),
  ),
  gauge('cabinetfs_readers_open', 'Read connections that are open.', sumOf('readersOpen')),
  gauge(
    'cabinetfs_readers_leased',
    'Read connections that are lent to streams, walks and long reads.',
    sumOf('readersLeased'),
  ),
  gauge(
    'cabinetfs_readers_waiting',
    'Callers that wait for a read connection.',
    sumOf('readersWaiting'),
  ),
  gauge(
    'cabinetfs_readers_max',
    'Most read connections that one thread lends at once (`readersMax`).',
    ({ options }) => options.readersMax,
  ),
  gauge('cabinetfs_reader_tasks', 'Long reads on threads of their own.', sumOf('tasks')),
  gauge(
    'cabinetfs_snapshot_age_seconds',
    'Age of the oldest view that is being read; 0 when there is none.',
    ({ facts }) => {
      const { readers, nowMs } = facts();
      return readers.snapshotSinceMs === 0 ? 0 : ageAt(nowMs, readers.snapshotSinceMs) / 1000;
    },
  ),
];
