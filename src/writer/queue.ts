/** What the queue in front of the writer is made of; docs/concurrency.md has the picture. */
import type { ResolvedOptions } from '../core/options.js';
import type { Precondition } from './commands.js';
import type { JobInput } from './outbox.js';

export interface SubmitOptions {
  readonly data?: Uint8Array | undefined;
  readonly preconditions?: readonly Precondition[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface QueueState {
  /** Commands accepted and not settled. */
  readonly commands: number;
  readonly bytes: number;
  /** Callers that wait for room. */
  readonly waiters: number;
  /** Age of the oldest command that is not settled, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
}

export type QueueLimits = Pick<
  ResolvedOptions,
  | 'queueCommandsMax'
  | 'queueBytesMax'
  | 'queuePolicy'
  | 'queueDeadlineMs'
  | 'queueWaitersMax'
  | 'queueWaitersBytesMax'
>;

export interface Waiter {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface Ticket extends Waiter {
  readonly job: JobInput;
  readonly bytes: number;
  readonly sinceMs: number;
  /** Removes the abort listener. */
  detach?: () => void;
}
