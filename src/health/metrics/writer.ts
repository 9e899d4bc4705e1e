/** The writer thread: whether it works, what it commits, how long that takes. */
import type { GaugeName } from '../../writer/gauges.js';
import type { WriterHistogram } from '../../writer/meters.js';
import { ageAt } from '../wording.js';
import { counter, type FamilyDefinition, gauge, histogram } from './family.js';
import type { MetricsSources } from './sources.js';

function gaugeOf(name: GaugeName): (from: MetricsSources) => number | undefined {
  return ({ writer }) => writer?.gauges.get(name);
}

function meterOf(name: WriterHistogram): Parameters<typeof histogram>[2] {
  return ({ writer }) => writer?.gauges.meters.read(name);
}

function isUp({ life, writer }: MetricsSources): number | undefined {
  if (writer === undefined) return undefined;
  const works = life() === 'open' && !writer.isLost() && writer.gauges.get('failed') === 0;
  return works ? 1 : 0;
}

function secondsSince(name: GaugeName): (from: MetricsSources) => number | undefined {
  return ({ writer, facts }) => {
    if (writer === undefined) return undefined;
    const sinceMs = writer.gauges.get(name);
    return sinceMs === 0 ? 0 : ageAt(facts().nowMs, sinceMs) / 1000;
  };
}

export const WRITER_FAMILIES: readonly FamilyDefinition[] = [
  gauge('cabinetfs_writer_up', '1 while the writer accepts writes, 0 when it has stopped.', isUp),
  gauge(
    'cabinetfs_writer_silence_seconds',
    'Time since the last sign of life of the writer, which gives one each second.',
    secondsSince('heartbeatMs'),
  ),
  gauge(
    'cabinetfs_writer_busy_seconds',
    'For how long the writer has worked on the current batch; 0 when it is idle.',
    secondsSince('busySinceMs'),
  ),
  gauge(
    'cabinetfs_writer_clients',
    'Ways to the writer, unused handles included.',
    gaugeOf('clients'),
  ),
  counter('cabinetfs_commits_total', 'Commits of batches and of upkeep.', gaugeOf('commits')),
  counter('cabinetfs_commands_total', 'Writes in those commits.', gaugeOf('commands')),
  gauge('cabinetfs_commit_number', 'Number of the last commit of this process.', gaugeOf('commit')),
  histogram('cabinetfs_batch_commands', 'Writes in one batch.', meterOf('batchCommands')),
  histogram('cabinetfs_batch_bytes', 'Bytes of content in one batch.', meterOf('batchBytes')),
  histogram(
    'cabinetfs_batch_duration_seconds',
    'From the first write of a batch to the end of its commit.',
    meterOf('batchSeconds'),
  ),
  histogram(
    'cabinetfs_commit_duration_seconds',
    'Committing alone; with the durability `full` its sync is in it.',
    meterOf('commitSeconds'),
  ),
  histogram(
    'cabinetfs_sync_duration_seconds',
    'Syncs of the log that are not part of a commit.',
    meterOf('syncSeconds'),
  ),
  gauge(
    'cabinetfs_unsynced_bytes',
    'Bytes of the log that are not on stable storage.',
    ({ writer }) => writer?.gauges.unsyncedBytes,
  ),
  gauge('cabinetfs_unsynced_commits', 'Commits since the last sync.', gaugeOf('unsyncedCommits')),
  gauge('cabinetfs_open_files', 'Files that are open in this process.', gaugeOf('openFiles')),
  gauge(
    'cabinetfs_orphans',
    'Files without a name: still open, or waiting to be deleted.',
    gaugeOf('orphans'),
  ),
  gauge('cabinetfs_locks', 'Advisory locks that this process holds.', gaugeOf('locks')),
  gauge(
    'cabinetfs_lock_waiters',
    'Claims of this process that wait for a lock.',
    gaugeOf('lockWaiters'),
  ),
  gauge(
    'cabinetfs_other_sessions',
    'Other processes that have the volume open for writing.',
    gaugeOf('otherSessions'),
  ),
];
