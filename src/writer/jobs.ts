/** Jobs as they come over a port, and their results as they go back. */
import type { Job } from './batch.js';
import type { Command } from './commands.js';
import type { CommandsMessage, WireCommand } from './protocol.js';

export interface PendingJob {
  readonly job: Job;
  readonly bytes: number;
  /** So many jobs of mounts, of all there ever were, go before it; see `behind.ts`. */
  readonly after: number;
  /** What is of no use any more when it is done: jobs of one client are done in order. */
  readonly slabs?: readonly Uint8Array[];
}

export function decodeJobs(client: number, message: CommandsMessage, after: number): PendingJob[] {
  const last = message.jobs.length - 1;
  return message.jobs.map((wire, index) => {
    const [isTransaction, wantsResult, commands] = wire;
    let bytes = 0;
    for (const command of commands) bytes += command[4];
    const steps = commands.map((command) => decodeCommand(command, message.slabs));
    const job = { client, steps, isTransaction, wantsResult };
    return { job, bytes, after, ...(index === last && { slabs: message.slabs }) };
  });
}

function decodeCommand(wire: WireCommand, slabs: readonly Uint8Array[]): Command {
  const [name, args, slab, offset, length, preconditions] = wire;
  const bytes = slabs[slab];
  return {
    name,
    args,
    // A Buffer, because the driver binds nothing else.
    data: bytes && Buffer.from(bytes.buffer, bytes.byteOffset + offset, length),
    preconditions: preconditions ?? undefined,
  };
}

/** Successes that nobody looks at need no list. */
export function shorten(results: readonly unknown[]): readonly unknown[] | number {
  return results.every((result) => result === null) ? results.length : results;
}
