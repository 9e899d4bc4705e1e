/**
 * Options of `openVolume`: effect, unit, default and bounds, in one table that is also what validates
 * them. Unknown names are rejected. docs/options.md lists the same; a test compares them.
 */
import { VolumeError } from './errors.js';
import {
  CHUNK_SIZE_BYTES_MAX,
  CHUNK_SIZE_BYTES_MIN,
  PAGE_SIZE_BYTES_MAX,
  PAGE_SIZE_BYTES_MIN,
} from './limits.js';

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
}

export type ResolvedOptions = { readonly [K in keyof OpenOptions]-?: NonNullable<OpenOptions[K]> };

export interface IntegerRule {
  readonly kind: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly powerOfTwo?: boolean;
}

export type OptionRule =
  | IntegerRule
  | { readonly kind: 'boolean'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] };

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;
// setTimeout fires at once for a longer delay.
const TIMER_MAX_MS = 2 ** 31 - 1;
const ID_MAX = 2 ** 32 - 2;

function integer(defaultValue: number, min: number, max: number): IntegerRule {
  return { kind: 'integer', default: defaultValue, min, max };
}

function powerOfTwo(defaultValue: number, min: number, max: number): IntegerRule {
  return { ...integer(defaultValue, min, max), powerOfTwo: true };
}

function flag(defaultValue: boolean): OptionRule {
  return { kind: 'boolean', default: defaultValue };
}

function choice(...choices: readonly string[]): OptionRule {
  return { kind: 'choice', default: choices[0] as string, choices };
}

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
  snapshotAgeMaxMs: integer(600_000, 10, TIMER_MAX_MS),
  readerThreadsMax: integer(2, 1, 64),
  queueCommandsMax: integer(10_000, 1, 10_000_000),
  queueBytesMax: integer(64 * MIB, KIB, 64 * GIB),
  queuePolicy: choice('wait', 'reject'),
  queueDeadlineMs: integer(0, 0, TIMER_MAX_MS),
  queueWaitersMax: integer(100_000, 0, 10_000_000),
  batchCommandsMax: integer(1024, 1, 100_000),
  batchBytesMax: integer(8 * MIB, KIB, GIB),
  batchTimeMaxMs: integer(50, 1, 10_000),
  commitDelayMs: integer(0, 0, 1000),
  checkpointWalBytes: integer(32 * MIB, 64 * KIB, 64 * GIB),
  uid: integer(process.getuid?.() ?? 0, 0, ID_MAX),
  gid: integer(process.getgid?.() ?? 0, 0, ID_MAX),
  umask: integer(0, 0, 0o777),
  handlesMax: integer(65_536, 1, 10_000_000),
};

function invalid(name: string, value: unknown, expected: string): VolumeError {
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' must be ${expected}, got ${describe(value)}.`,
    { hint: 'See docs/options.md.' },
  );
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function checkInteger(name: string, value: unknown, rule: IntegerRule): number {
  const expected = `${rule.powerOfTwo ? 'a power of two' : 'a whole number'} from ${rule.min} to ${rule.max}`;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(name, value, expected);
  const fits = value >= rule.min && value <= rule.max;
  if (!fits || (rule.powerOfTwo && !Number.isInteger(Math.log2(value)))) {
    throw invalid(name, value, expected);
  }
  return value;
}

function checkOption(name: string, value: unknown, rule: OptionRule): unknown {
  switch (rule.kind) {
    case 'integer':
      return checkInteger(name, value, rule);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(name, value, 'true or false');
      return value;
    case 'choice':
      if (typeof value !== 'string' || !rule.choices.includes(value)) {
        throw invalid(name, value, `one of '${rule.choices.join("', '")}'`);
      }
      return value;
  }
}

/** The known name nearest to a mistyped one, if it is near. */
function suggestion(name: string, known: readonly string[]): string | undefined {
  const plain = name.toLowerCase();
  return known.find((candidate) => {
    const other = candidate.toLowerCase();
    return other.startsWith(plain) || plain.startsWith(other) || distance(plain, other) <= 2;
  });
}

/** Levenshtein distance: how many letters to change. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const cell = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      next.push(cell);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Throws ERR_OPTION_UNKNOWN for a name that is not in `known`. */
export function rejectUnknownOptions(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggestion(name, known);
    throw new VolumeError('ERR_OPTION_UNKNOWN', `There is no option '${name}'.`, {
      hint: near === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean '${near}'?`,
    });
  }
}

/** Validates `options` and fills in the defaults. */
export function resolveOptions(options: OpenOptions = {}): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', options, 'an object');
  }
  rejectUnknownOptions(options, Object.keys(OPEN_OPTION_RULES));
  const given = options as Record<string, unknown>;
  const resolved: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(OPEN_OPTION_RULES)) {
    const value = given[name];
    resolved[name] = value === undefined ? rule.default : checkOption(name, value, rule);
  }
  if (given.umask === undefined) resolved.umask = umaskOfProcess();
  return relate(resolved as unknown as ResolvedOptions);
}

/** Options that bound each other. */
function relate(options: ResolvedOptions): ResolvedOptions {
  if (options.batchBytesMax > options.queueBytesMax) {
    throw invalid(
      'batchBytesMax',
      options.batchBytesMax,
      `at most queueBytesMax (${options.queueBytesMax})`,
    );
  }
  return options.readOnly ? { ...options, create: false } : options;
}
