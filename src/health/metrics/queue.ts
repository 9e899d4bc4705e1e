/** The queues in front of the writer, of all threads together. */
import { ageAt } from '../wording.js';
import { type FamilyDefinition, gauge } from './family.js';

export const QUEUE_FAMILIES: readonly FamilyDefinition[] = [
  gauge(
    'cabinetfs_queue_commands',
    'Writes that are accepted and not answered.',
    ({ writer, facts }) => writer && facts().queue.commands - facts().queue.waiters,
  ),
  gauge(
    'cabinetfs_queue_bytes',
    'Bytes of content that those writes carry.',
    ({ writer, facts }) => writer && facts().queue.bytes,
  ),
  gauge(
    'cabinetfs_queue_waiters',
    'Writes that wait for room in a full queue.',
    ({ writer, facts }) => writer && facts().queue.waiters,
  ),
  gauge(
    'cabinetfs_queue_oldest_seconds',
    'For how long the oldest of all those writes has waited; 0 when there is none.',
    ({ writer, facts }) => {
      const { queue, nowMs } = facts();
      return writer && (queue.sinceMs === 0 ? 0 : ageAt(nowMs, queue.sinceMs) / 1000);
    },
  ),
];
