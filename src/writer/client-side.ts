/** A client as the writer's thread knows it. */
import type { MessagePort } from 'node:worker_threads';
import type { Ino } from '../core/ino.js';
import { ChangeBacklog } from './change-backlog.js';
import { type Doorbell, FROM_CLIENT, FROM_WRITER, ring } from './doorbell.js';
import type { PendingJob } from './jobs.js';
import type { WriterMessage } from './protocol.js';

export interface Client {
  readonly id: number;
  readonly port: MessagePort;
  readonly doorbell: Doorbell;
  /** Messages that the client had posted when its port was last emptied. */
  seen: number;
  /** Messages that have been taken. It stays behind for good when a client has died between posting and ringing. */
  received: number;
  readonly pending: PendingJob[];
  /** Jobs taken from the client so far. */
  accepted: number;
  /** Closed files, each due when the jobs that were accepted before it are done. */
  readonly releases: { readonly due: number; readonly inos: readonly Ino[] }[];
  /** Requests past the queue that take time, those aside that wait for others. */
  readonly answering: Set<Promise<unknown>>;
  readonly backlog: ChangeBacklog;
  /** Kept open as long as the writer's thread lives; by it a client that waits synchronously knows. */
  lifeline?: MessagePort;
}

export function createClient(id: number, port: MessagePort, doorbell: Doorbell): Client {
  return {
    id,
    port,
    doorbell,
    seen: 0,
    received: 0,
    pending: [],
    accepted: 0,
    releases: [],
    answering: new Set(),
    backlog: new ChangeBacklog(doorbell),
  };
}

export function send({ port, doorbell }: Client, message: WriterMessage): void {
  port.postMessage(message);
  ring(doorbell, FROM_WRITER);
}

/** Whether it has posted something that has not been taken yet. */
export function hasPosted({ doorbell, received }: Client): boolean {
  return Atomics.load(doorbell, FROM_CLIENT) !== received;
}
