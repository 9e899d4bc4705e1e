/**
 * What the writer tells without being asked: numbers in shared memory that any thread reads in constant
 * time, also when the writer is stuck.
 */
const FIELDS = [
  /** Wall clock of the last sign of life, in milliseconds since 1970. */
  'heartbeatMs',
  /** Since when the writer works on the current batch, same clock; 0 when it is idle. */
  'busySinceMs',
  'commits',
  /** Number of the last commit of this process; grows over all processes and restarts. */
  'commit',
  'commands',
  /** Commits since the last sync, 0 when all is on stable storage. */
  'unsyncedCommits',
  'walFrames',
  'checkpointedFrames',
  'checkpoints',
  'orphans',
  'openFiles',
  /** Ways to the writer: the volume's own, and one per handle that was given out. */
  'clients',
  /** Locks of this process, and claims that wait for one; as of the last second. */
  'locks',
  'lockWaiters',
  /** 1 when the writer has stopped for good. */
  'failed',
] as const;

export type GaugeName = (typeof FIELDS)[number];

const BYTES_PER_FIELD = 8;

export class WriterGauges {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIELDS.length * BYTES_PER_FIELD)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  get(name: GaugeName): number {
    return this.#values[FIELDS.indexOf(name)] ?? 0;
  }

  set(name: GaugeName, value: number): void {
    this.#values[FIELDS.indexOf(name)] = value;
  }

  add(name: GaugeName, by: number): void {
    this.set(name, this.get(name) + by);
  }

  snapshot(): Record<GaugeName, number> {
    return Object.fromEntries(FIELDS.map((name) => [name, this.get(name)])) as Record<
      GaugeName,
      number
    >;
  }
}
