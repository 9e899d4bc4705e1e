/**
 * What mounts have taken from programs (`core/write-behind.ts`), as jobs of the writer: neighbours in a file
 * become one write.
 *
 *   ring of a mount ──take()──▶ jobs ──next()──▶ batch ──settle()──▶ done
 *
 * INVARIANT: what a mount had taken before a command was posted is done before that command. `take` is called
 * whenever commands come, and each of them is marked with how many jobs have to go before it.
 *
 * Writer thread only.
 */
import { constants } from 'node:os';
import { decodeFailure, isFailure } from '../core/failure.js';
import type { Ino } from '../core/ino.js';
import {
  type BehindRecord,
  type BehindWrite,
  WriteBehind,
  type WriteBehindWire,
} from '../core/write-behind.js';
import type { WrittenBy } from '../ops/content.js';
import type { Command } from './commands.js';
import type { PendingJob } from './jobs.js';

/** Most that becomes one write, in bytes. */
const RUN_BYTES_MAX = 1024 * 1024;

interface Source {
  readonly behind: WriteBehind;
  readonly members: Set<number>;
}

/** Records that are done by one command. */
interface Run {
  readonly records: BehindRecord[];
  bytes: number;
}

export interface BehindJob extends PendingJob {
  readonly behind: { readonly source: Source; readonly records: readonly BehindRecord[] };
}

export class Behind {
  readonly #onUnexpected: (ino: Ino, version: number) => void;
  readonly #sources = new Map<string, Source>();
  readonly #jobs: BehindJob[] = [];
  #taken = 0;

  /** `onUnexpected`: the mount took the file to end elsewhere, or does not know that its mode is another one. */
  constructor(onUnexpected: (ino: Ino, version: number) => void) {
    this.#onUnexpected = onUnexpected;
  }

  /** The client is one of the threads of a mount. */
  join(client: number, group: string, wire: WriteBehindWire): void {
    const source = this.#sources.get(group) ?? {
      behind: new WriteBehind(wire),
      members: new Set<number>(),
    };
    source.members.add(client);
    this.#sources.set(group, source);
  }

  leave(client: number): void {
    for (const [group, { members }] of this.#sources) {
      if (!members.has(client)) continue;
      this.take();
      members.delete(client);
      if (members.size === 0) this.#sources.delete(group);
    }
  }

  /** Takes what has come; returns how many jobs there were in all, ever. */
  take(): number {
    for (const source of this.#sources.values()) {
      if (source.behind.hasPending) this.#takeFrom(source);
    }
    return this.#taken;
  }

  #takeFrom(source: Source): void {
    const [client = 0] = source.members;
    for (const { records, bytes } of runsOf(source.behind.take())) {
      const steps = [commandOf(records)];
      const job = { client, steps, isTransaction: false, wantsResult: true };
      this.#jobs.push({ job, bytes, after: this.#taken, behind: { source, records } });
      this.#taken += 1;
    }
  }

  get first(): BehindJob | undefined {
    return this.#jobs[0];
  }

  /** How many jobs have been given to batches, ever. */
  get started(): number {
    return this.#taken - this.#jobs.length;
  }

  next(): BehindJob | undefined {
    return this.#jobs.shift();
  }

  /** A batch had no time for it: it is the first one again. */
  putBack(job: BehindJob): void {
    this.#jobs.unshift(job);
  }

  settle({ behind: { source, records } }: BehindJob, result: unknown): void {
    const [first] = records;
    if (first?.type === 'write') this.#noteWritten(source.behind, first, result);
    source.behind.done(records);
  }

  #noteWritten(behind: WriteBehind, { ino, offset, isAppend }: BehindWrite, result: unknown): void {
    if (isFailure(result)) {
      const { code = '' } = decodeFailure(result) as NodeJS.ErrnoException;
      behind.fail(
        ino,
        constants.errno[code as keyof typeof constants.errno] ?? constants.errno.EIO,
      );
      // The kernel has bytes, and perhaps a length, that nobody else will ever see.
      this.#onUnexpected(ino, 0);
      return;
    }
    const written = result as WrittenBy;
    const isElsewhere = isAppend && written.offset !== offset;
    if (isElsewhere || written.hasNewMode) this.#onUnexpected(ino, written.version);
  }
}

export function isBehind(job: PendingJob): job is BehindJob {
  return 'behind' in job;
}

function runsOf(records: readonly BehindRecord[]): Run[] {
  const runs: Run[] = [];
  for (const record of records) {
    const run = runs.at(-1);
    const bytes = record.type === 'write' ? record.data.length : 0;
    if (run !== undefined && joins(run, record)) {
      run.records.push(record);
      run.bytes += bytes;
    } else runs.push({ records: [record], bytes });
  }
  return runs;
}

function joins({ records, bytes }: Run, record: BehindRecord): boolean {
  const last = records.at(-1);
  if (last === undefined || last.ino !== record.ino) return false;
  if (last.type === 'access' || record.type === 'access') return last.type === record.type;
  return (
    last.isAppend === record.isAppend &&
    last.asStranger === record.asStranger &&
    record.offset === last.offset + last.data.length &&
    bytes + record.data.length <= RUN_BYTES_MAX
  );
}

function commandOf(records: readonly BehindRecord[]): Command {
  const [first] = records;
  if (first?.type !== 'write') return { name: 'noteAccess', args: [first?.ino] };
  const { ino, offset, isAppend, asStranger, data } = first;
  const parts = records.map((record) => (record as BehindWrite).data);
  return {
    name: 'writeAt',
    args: [ino, isAppend ? null : offset, asStranger],
    data: parts.length === 1 ? data : Buffer.concat(parts),
  };
}
