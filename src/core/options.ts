/**
 * Options of `openVolume`: effect, unit, default and bounds, in one table that is also what validates
 * them. Unknown names are rejected. docs/options.md lists the same; a test compares them. Groups of
 * options have a file each beside this one.
 */
import { ARCHIVE_RULES, type ArchiveOptions } from './archive-options.js';
import { BACKUP_RULES, type BackupScheduleOptions } from './backup-options.js';
import { COMPACTION_RULES, type CompactionOptions } from './compaction-options.js';
import { HEALTH_RULES, type HealthOptions } from './health-options.js';
import { INTEGRITY_RULES, type IntegrityOptions } from './integrity-options.js';
import {
  CHUNK_SIZE_BYTES_MAX,
  CHUNK_SIZE_BYTES_MIN,
  PAGE_SIZE_BYTES_MAX,
  PAGE_SIZE_BYTES_MIN,
} from './limits.js';
import {
  choice,
  flag,
  group,
  integer,
  invalidOption,
  type OptionRule,
  optionalGroup,
  powerOfTwo,
  resolveGroup,
} from './option-rules.js';

/** What a resolved write survives; docs/durability.md. */
export type Durability = 'full' | 'interval' | 'normal' | 'off';
export type QueuePolicy = 'wait' | 'reject';

export interface OpenOptions {
  /** Create the volume when there is none. @defaultValue true */
  readonly create?: boolean;
  /** Open for reading only; changes answer EROFS. @defaultValue false */
  readonly readOnly?: boolean;
  /** Run pending migrations when opening. @defaultValue true */
  readonly migrate?: boolean;
  /** Keep a verified copy beside the volume before the first pending migration. @defaultValue true */
  readonly safetyCopy?: boolean;
  /** What a resolved write survives. @defaultValue 'interval' */
  readonly durability?: Durability;
  /** Longest time between a commit and its sync with `interval`, in milliseconds. @defaultValue 1000 */
  readonly syncIntervalMs?: number;
  /** Size of a database page of a new volume, in bytes. @defaultValue 8192 */
  readonly pageSizeBytes?: number;
  /** Size of a chunk of file content in a new volume, in bytes. @defaultValue 65536 */
  readonly chunkSizeBytes?: number;
  /** Memory for page caches of all connections together, in bytes. @defaultValue 134217728 */
  readonly memoryBudgetBytes?: number;
  /** Longest wait for another process's lock on the database, in milliseconds. @defaultValue 5000 */
  readonly busyTimeoutMs?: number;
  /** Most read connections of this thread that can be leased at once. @defaultValue 8 */
  readonly readersMax?: number;
  /** Longest wait for a read connection, in milliseconds. @defaultValue 10000 */
  readonly readerAcquireTimeoutMs?: number;
  /** Compare the checksum of all content that is read; EIO where it is wrong. @defaultValue false */
  readonly verifyReads?: boolean;
  /** Longest a snapshot may be held, in milliseconds; then it ends with an error. @defaultValue 600000 */
  readonly snapshotAgeMaxMs?: number;
  /** Most threads for long reads. @defaultValue 2 */
  readonly readerThreadsMax?: number;
  /** Most writes that may be in the queue. @defaultValue 10000 */
  readonly queueCommandsMax?: number;
  /** Most bytes that the writes in the queue may carry; one bigger write is let in alone. @defaultValue 67108864 */
  readonly queueBytesMax?: number;
  /** What a write does when the queue is full: wait, or fail with ERR_QUEUE_FULL. @defaultValue 'wait' */
  readonly queuePolicy?: QueuePolicy;
  /** Longest a write may wait before the writer starts on it, in milliseconds; 0 for ever. @defaultValue 0 */
  readonly queueDeadlineMs?: number;
  /** Most writes that may wait for room in a full queue. @defaultValue 100000 */
  readonly queueWaitersMax?: number;
  /** Most bytes that the writes that wait for room may carry; one bigger write may wait alone. @defaultValue 1073741824 */
  readonly queueWaitersBytesMax?: number;
  /** Most commands in one commit. @defaultValue 1024 */
  readonly batchCommandsMax?: number;
  /** Most bytes of content in one commit; one bigger command commits alone. @defaultValue 8388608 */
  readonly batchBytesMax?: number;
  /** Longest a batch may gather and run before it commits, in milliseconds. @defaultValue 50 */
  readonly batchTimeMaxMs?: number;
  /** Longest the writer waits for company before it commits, in milliseconds. @defaultValue 0 */
  readonly commitDelayMs?: number;
  /** Size of the write-ahead log at which the writer checkpoints, in bytes. @defaultValue 33554432 */
  readonly checkpointWalBytes?: number;
  /** Owner of new files. @defaultValue the process's user, 0 where there is none */
  readonly uid?: number;
  /** Group of new files. @defaultValue the process's group, 0 where there is none */
  readonly gid?: number;
  /** Permission bits taken off new files. @defaultValue the process's umask at opening */
  readonly umask?: number;
  /** Most file handles and locks open at once; then EMFILE. @defaultValue 65536 */
  readonly handlesMax?: number;
  /** Count operations and time them, for `volume.metrics`. @defaultValue true */
  readonly metrics?: boolean;
  /** From which values on health is degraded or unhealthy. */
  readonly health?: HealthOptions;
  /** When the volume is checked by itself. */
  readonly integrity?: IntegrityOptions;
  /** When space is given back to the system by itself. */
  readonly compaction?: CompactionOptions;
  /** Makes backups by itself. Off unless given. */
  readonly backup?: BackupScheduleOptions;
  /** Keeps a continuous archive. Off unless given. */
  readonly archive?: ArchiveOptions;
}

type GroupName = 'health' | 'integrity' | 'compaction';
type OptionalGroupName = 'backup' | 'archive';

/** All options of a group, with their defaults. */
type Resolved<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

export type ResolvedOptions = Resolved<Omit<OpenOptions, GroupName | OptionalGroupName>> & {
  readonly [K in GroupName]: Resolved<NonNullable<OpenOptions[K]>>;
} & {
  readonly [K in OptionalGroupName]: Resolved<NonNullable<OpenOptions[K]>> | undefined;
};

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;
// setTimeout fires at once for a longer delay.
const TIMER_MAX_MS = 2 ** 31 - 1;
const ID_MAX = 2 ** 32 - 2;

function umaskOfProcess(): number {
  // Worker threads may read the umask too; only setting it is refused there.
  return process.umask();
}

/** One rule per option, in the order of the documentation. */
export const OPEN_OPTION_RULES: { readonly [K in keyof OpenOptions]-?: OptionRule } = {
  create: flag(true),
  readOnly: flag(false),
  migrate: flag(true),
  safetyCopy: flag(true),
  durability: choice('interval', 'full', 'normal', 'off'),
  syncIntervalMs: integer(1000, 10, DAY_MS),
  pageSizeBytes: powerOfTwo(8 * KIB, PAGE_SIZE_BYTES_MIN, PAGE_SIZE_BYTES_MAX),
  chunkSizeBytes: powerOfTwo(64 * KIB, CHUNK_SIZE_BYTES_MIN, CHUNK_SIZE_BYTES_MAX),
  memoryBudgetBytes: integer(128 * MIB, MIB, 64 * GIB),
  busyTimeoutMs: integer(5000, 0, TIMER_MAX_MS),
  readersMax: integer(8, 1, 256),
  readerAcquireTimeoutMs: integer(10_000, 1, TIMER_MAX_MS),
  verifyReads: flag(false),
  snapshotAgeMaxMs: integer(600_000, 10, TIMER_MAX_MS),
  readerThreadsMax: integer(2, 1, 64),
  queueCommandsMax: integer(10_000, 1, 10_000_000),
  queueBytesMax: integer(64 * MIB, KIB, 64 * GIB),
  queuePolicy: choice('wait', 'reject'),
  queueDeadlineMs: integer(0, 0, TIMER_MAX_MS),
  queueWaitersMax: integer(100_000, 0, 10_000_000),
  queueWaitersBytesMax: integer(GIB, KIB, 64 * GIB),
  batchCommandsMax: integer(1024, 1, 100_000),
  batchBytesMax: integer(8 * MIB, KIB, GIB),
  batchTimeMaxMs: integer(50, 1, 10_000),
  commitDelayMs: integer(0, 0, 1000),
  checkpointWalBytes: integer(32 * MIB, 64 * KIB, 64 * GIB),
  uid: integer(process.getuid?.() ?? 0, 0, ID_MAX),
  gid: integer(process.getgid?.() ?? 0, 0, ID_MAX),
  umask: integer(0, 0, 0o777),
  handlesMax: integer(65_536, 1, 10_000_000),
  metrics: flag(true),
  health: group(HEALTH_RULES),
  integrity: group(INTEGRITY_RULES),
  compaction: group(COMPACTION_RULES),
  backup: optionalGroup(BACKUP_RULES),
  archive: optionalGroup(ARCHIVE_RULES),
};

/** Validates `options` and fills in the defaults. */
export function resolveOptions(options: OpenOptions = {}): ResolvedOptions {
  const resolved = resolveGroup(options, OPEN_OPTION_RULES) as unknown as ResolvedOptions;
  return relate(options.umask === undefined ? { ...resolved, umask: umaskOfProcess() } : resolved);
}

/** Options that bound each other. */
function relate(options: ResolvedOptions): ResolvedOptions {
  if (options.batchBytesMax > options.queueBytesMax) {
    throw invalidOption(
      'batchBytesMax',
      options.batchBytesMax,
      `at most queueBytesMax (${options.queueBytesMax})`,
    );
  }
  if (options.readOnly && options.archive !== undefined) {
    throw invalidOption('archive', options.archive, 'left out with readOnly');
  }
  relateBackup(options);
  return options.readOnly ? { ...options, create: false } : options;
}

function relateBackup({ backup, readOnly }: ResolvedOptions): void {
  if (backup === undefined) return;
  if (readOnly) throw invalidOption('backup', backup, 'left out with readOnly');
  if (backup.rules.length === 0)
    throw invalidOption('backup.rules', '[]', 'a list of at least one');
}
