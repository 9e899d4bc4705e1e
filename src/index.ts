/** cabinetfs: a filesystem in one SQLite file. */
import { registerFronts } from './volume/fronts.js';

export type {
  BackupKeepOptions,
  BackupRule,
  BackupScheduleOptions,
} from './core/backup-options.js';
export type { Change, LostName } from './core/change.js';
export type { ErrnoCode } from './core/errno.js';
export { FsError, VolumeError, type VolumeErrorCode } from './core/errors.js';
export type { MountOptions } from './core/mount-options.js';
export type { Durability, OpenOptions, QueuePolicy } from './core/options.js';
export { VERSION } from './core/software.js';
export type { PathLike } from './fs/arguments/path.js';
export type { FollowOption, RemoveXattrOptions, SetXattrOptions } from './fs/calls/special.js';
export type { VersionOption } from './fs/calls/step.js';
export type { FsFace, FsPromises } from './fs/face-types.js';
export type { Lock, LockMode, LockOptions } from './fs/lock.js';
export type { Transaction } from './fs/transaction.js';
export type { FSWatcher } from './fs/watch/fs-watcher.js';
export type { StatWatcher } from './fs/watch/stat-watcher.js';
export type { FileChangeInfo } from './fs/watch/watch-events.js';
export type {
  WatchEventsOptions,
  WatchFileOptions,
  WatchOptions,
} from './fs/watch/watching.js';
export { type UnmountedDirectory, unmountDirectory } from './fuse/unmount.js';
export type {
  CheckStatus,
  Health,
  HealthCheck,
  HealthCheckName,
  HealthStatus,
  HealthUnit,
} from './health/health.js';
export { HEALTH_CHECK_NAMES } from './health/health.js';
export type { Archiver } from './maintenance/archive/archiver.js';
export {
  type Materialised,
  type MaterialiseOptions,
  materialise,
} from './maintenance/archive/materialise.js';
export type { MaterialiseProgress } from './maintenance/archive/materialise-task.js';
export {
  listArchive,
  type RestoreAt,
  type RestorePoint,
} from './maintenance/archive/restore-points.js';
export type { ArchiveFailure, ArchiveStatus } from './maintenance/archive/status.js';
export type {
  BackupOptions,
  BackupProgress,
  BackupResult,
  VerifyDepth,
} from './maintenance/backup/backup-options.js';
export type {
  CheckOptions,
  CheckProgress,
  CheckResult,
  InvariantId,
  Problem,
} from './maintenance/check/problem.js';
export { INVARIANTS } from './maintenance/check/problem.js';
export {
  type VerifyOptions,
  type VerifyResult,
  verifyVolume,
} from './maintenance/check/verify-volume.js';
export type {
  CompactOptions,
  CompactProgress,
  CompactResult,
} from './maintenance/compact/compact-options.js';
export {
  type MigrateProgress,
  type MigrateVolumeOptions,
  type MigrationPlan,
  migrateVolume,
  planMigration,
} from './maintenance/migrate/migrate-volume.js';
export type { BackupManifest } from './maintenance/placement/manifest.js';
export type {
  QueryOptions,
  QueryParameter,
  QueryParameters,
  QueryResult,
  QueryRow,
  QueryValue,
} from './maintenance/query/query.js';
export type {
  RestoreOptions,
  RestoreProgress,
  RestoreResult,
} from './maintenance/restore/restore-options.js';
export { restoreVolume } from './maintenance/restore/restore-volume.js';
export type { BackupScheduleState } from './maintenance/schedule/schedule.js';
export type { VolumeScan } from './maintenance/stats/scan.js';
export type {
  StatsOptions,
  VolumeCounters,
  VolumeStats,
} from './maintenance/stats/volume-stats.js';
export type { MigrationReport } from './schema/migrate.js';
export type { CheckpointMode, CheckpointResult } from './sqlite/wal.js';
export type { MaintenanceKind, MaintenanceRecord } from './store/maintenance-table.js';
export { exportTar } from './transfer/export-tar.js';
export { exportTree } from './transfer/export-tree.js';
export { type ImportFileOptions, importFile } from './transfer/import-file.js';
export { importTar } from './transfer/import-tar.js';
export { importTree } from './transfer/import-tree.js';
export type { ExportOptions, ImportOptions, TransferOptions } from './transfer/options.js';
export type {
  SkippedEntry,
  SkipReason,
  TransferProgress,
  TransferResult,
} from './transfer/report.js';
export type {
  SalvageCounts,
  SalvagedEntry,
  SalvagedRange,
  SalvageResult,
  SalvageStatus,
} from './transfer/salvage/report.js';
export type { SalvageProgress } from './transfer/salvage/salvage-file.js';
export { type SalvageOptions, salvageVolume } from './transfer/salvage/salvage-volume.js';
export { attachVolume } from './volume/attach.js';
export { compactVolume } from './volume/compact.js';
export type { TransactionOptions } from './volume/files.js';
export type {
  MountState,
  UnmountOptions,
  VolumeMount,
  VolumeServer,
} from './volume/fronts.js';
export type { VolumeHandle } from './volume/handle.js';
export { inspectVolume, type VolumeDescription } from './volume/inspect.js';
export { openVolume } from './volume/open.js';
export type { ServeOptions } from './volume/serve-options.js';
export type { SubscribeOptions } from './volume/subscribe-options.js';
export type { Volume, VolumeState } from './volume/volume.js';

registerFronts({
  serve: async () => (await import('./http/serve.js')).serve,
  mount: async () => (await import('./fuse/mount.js')).mount,
});
