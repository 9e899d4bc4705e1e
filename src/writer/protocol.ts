/**
 * What travels between a client and the writer, one MessagePort each.
 *
 * Bytes travel in slabs: buffers that the client fills and transfers, so that one message carries the
 * content of many commands without a copy per command. Results come back in the order of commands.
 * Each side rings the doorbell after it has posted a message.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Change } from '../core/change.js';
import type { CheckpointMode } from '../sqlite/wal.js';
import type { CommandName, Precondition } from './commands.js';
import type { RepairRequest } from './repair-module.js';

/** A command with its bytes as a place in the slabs of its message. */
export type WireCommand = readonly [
  name: CommandName,
  args: readonly unknown[],
  /** -1 when there are no bytes. */
  slab: number,
  offset: number,
  length: number,
  preconditions: readonly Precondition[] | null,
];

/** One command, or a transaction of several. */
export type WireJob = readonly [
  isTransaction: boolean,
  wantsResult: boolean,
  commands: readonly WireCommand[],
];

export interface CommandsMessage {
  readonly kind: 'commands';
  readonly jobs: readonly WireJob[];
  readonly slabs: readonly Uint8Array[];
}

/** Requests that go past the queue. */
export type Control =
  | { readonly type: 'hold'; readonly ino: number }
  | { readonly type: 'sync' }
  | { readonly type: 'checkpoint'; readonly mode: CheckpointMode }
  | { readonly type: 'subscribe'; readonly on: boolean }
  | { readonly type: 'repair'; readonly module: string; readonly request: RepairRequest }
  /** Answers when a claim in the queue of a lock has become one: true; false when it is to be made anew. */
  | { readonly type: 'awaitLock'; readonly session: number; readonly seq: number }
  | { readonly type: 'disconnect' }
  | { readonly type: 'close' };

export interface ControlMessage {
  readonly kind: 'control';
  readonly id: number;
  readonly control: Control;
}

/** The client no longer has these inodes open, one entry per hold; no reply. */
export interface ReleaseMessage {
  readonly kind: 'release';
  readonly inos: readonly number[];
}

/** One more client, whose end of the port stays with the sender; no reply. */
export interface AttachMessage {
  readonly kind: 'attach';
  readonly port: MessagePort;
  readonly doorbell: Int32Array;
}

/** To be kept: it closes when the receiving thread ends. No reply. */
export interface LifelineMessage {
  readonly kind: 'lifeline';
  readonly port: MessagePort;
}

export type ClientMessage =
  | CommandsMessage
  | ControlMessage
  | ReleaseMessage
  | AttachMessage
  | LifelineMessage;

export type WriterMessage =
  // A number: so many successes, and nobody looks at their results.
  | { readonly kind: 'results'; readonly results: readonly unknown[] | number }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  | { readonly kind: 'failed'; readonly reason: unknown };
