/**
 * What a client has accepted and not yet posted, packed into messages.
 *
 * A parcel grows while the writer is busy with earlier ones. Content is copied into its slabs at once,
 * so that the caller may reuse the buffer as soon as the call returns.
 */
import type { CommandName, Precondition } from './commands.js';
import type { WireCommand, WireJob } from './protocol.js';

/** A command before packing. */
export interface CommandInput {
  readonly name: CommandName;
  readonly args: readonly unknown[];
  readonly data?: Uint8Array | undefined;
  readonly preconditions?: readonly Precondition[] | undefined;
}

export interface JobInput {
  readonly commands: readonly CommandInput[];
  readonly isTransaction: boolean;
  /** Whether the caller looks at the result of a success. @defaultValue false */
  readonly wantsResult?: boolean;
}

// Small contents share a slab; a big one travels in a buffer of its own.
const FIRST_SLAB_BYTES = 64 * 1024;
const SLAB_BYTES = 512 * 1024;
const SHARED_CONTENT_MAX_BYTES = 64 * 1024;
// A parcel is posted before it outgrows a batch.
const PARCEL_COMMANDS_MAX = 512;
const PARCEL_BYTES_MAX = 4 * 1024 * 1024;

export class Parcel<Ticket> {
  readonly jobs: WireJob[] = [];
  /** Who waits for each job, in order. */
  readonly tickets: Ticket[] = [];
  readonly slabs: Uint8Array[] = [];
  bytes = 0;
  #slab: Buffer | undefined;
  #slabIndex = -1;
  #slabUsed = 0;

  get isFull(): boolean {
    return this.jobs.length >= PARCEL_COMMANDS_MAX || this.bytes >= PARCEL_BYTES_MAX;
  }

  add(job: JobInput, ticket: Ticket): void {
    const commands = job.commands.map((command) => this.#pack(command));
    this.jobs.push([job.isTransaction, job.wantsResult === true, commands]);
    this.tickets.push(ticket);
  }

  /** Takes a job out again that was not posted yet. Its bytes stay behind in a slab that it shares. */
  remove(ticket: Ticket): boolean {
    const index = this.tickets.indexOf(ticket);
    if (index < 0) return false;
    this.tickets.splice(index, 1);
    for (const [, , commands] of this.jobs.splice(index, 1)) {
      for (const [, , slab, , length] of commands) {
        if (length > SHARED_CONTENT_MAX_BYTES) this.#drop(slab, length);
      }
    }
    return true;
  }

  /** Lets go of a big content; other slabs keep their places. */
  #drop(slab: number, length: number): void {
    this.slabs[slab] = new Uint8Array(0);
    this.bytes -= length;
  }

  #pack({ name, args, data, preconditions }: CommandInput): WireCommand {
    const conditions = preconditions ?? null;
    if (data === undefined) return [name, args, -1, 0, 0, conditions];
    this.bytes += data.length;
    if (data.length > SHARED_CONTENT_MAX_BYTES) {
      const own = Buffer.allocUnsafeSlow(data.length);
      own.set(data);
      this.slabs.push(own);
      return [name, args, this.slabs.length - 1, 0, data.length, conditions];
    }
    const slab = this.#slabFor(data.length);
    const offset = this.#slabUsed;
    slab.set(data, offset);
    this.#slabUsed += data.length;
    return [name, args, this.#slabIndex, offset, data.length, conditions];
  }

  #slabFor(length: number): Buffer {
    if (this.#slab !== undefined && this.#slabUsed + length <= this.#slab.length) return this.#slab;
    // Not from Node's pool: the buffer is going to be transferred.
    this.#slab = Buffer.allocUnsafeSlow(
      this.#slab === undefined ? Math.max(FIRST_SLAB_BYTES, length) : SLAB_BYTES,
    );
    this.#slabIndex = this.slabs.push(this.#slab) - 1;
    this.#slabUsed = 0;
    return this.#slab;
  }
}

/** Bytes of content that a job carries. */
export function bytesOf(job: JobInput): number {
  let bytes = 0;
  for (const { data } of job.commands) bytes += data?.length ?? 0;
  return bytes;
}
