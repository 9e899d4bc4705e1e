/**
 * What travels between a client and the writer, one MessagePort each.
 *
 * Bytes travel in slabs: buffers that the client fills and transfers, so that one message carries the
 * content of many commands without a copy per command. Results come back in the order of commands.
 * Each side rings the doorbell after it has posted a message.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Change } from '../core/change.js';
import type { WriteBehindWire } from '../core/write-behind.js';
import type { CheckpointMode } from '../sqlite/wal.js';
import type { MaintenanceEntry } from '../store/maintenance-table.js';
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
  /** What this client holds is from now on held by all clients that said the same, and counted on a board. */
  | { readonly type: 'shareHolds'; readonly group: string; readonly board: SharedArrayBuffer }
  /** This client is a thread of a mount that shares this memory with the others of the group. */
  | { readonly type: 'writeBehind'; readonly group: string; readonly wire: WriteBehindWire }
  | { readonly type: 'sync' }
  | { readonly type: 'checkpoint'; readonly mode: CheckpointMode }
  /** Lets a log that views have made long begin anew, if nobody reads from it now. */
  | { readonly type: 'makeRoom' }
  /** Gives free pages back, no more than takes a few milliseconds; answers a `VacuumSlice`. */
  | { readonly type: 'vacuum'; readonly pagesMax: number }
  /** Answers how many commits of other processes the writer has noticed. */
  | { readonly type: 'foreignCommits' }
  /** Answers the number of this process's row in the table of sessions. */
  | { readonly type: 'session' }
  /** Lets a reader thread begin its view between two commits; answers whether it was there in time. */
  | { readonly type: 'pin'; readonly cells: SharedArrayBuffer }
  /** Keeps everybody from committing while another thread works; answers whether it was done in time. */
  | { readonly type: 'standStill'; readonly cells: SharedArrayBuffer; readonly maxMs: number }
  /** Remembers what was done for the upkeep of the volume. */
  | { readonly type: 'record'; readonly entry: MaintenanceEntry }
  | { readonly type: 'repair'; readonly module: string; readonly request: RepairRequest }
  /** Answers when a claim in the queue of a lock has become one: true; false when it is to be made anew. */
  | { readonly type: 'awaitLock'; readonly session: number; readonly seq: number }
  /** This client is told of the changes by clients outside of the group; see `witnesses.ts`. */
  | { readonly type: 'witness'; readonly group: string; readonly board: SharedArrayBuffer }
  /** It has seen what it was told with this number. */
  | { readonly type: 'seen'; readonly seq: number }
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

/** There is something in the memory of a mount; no reply. */
export interface NudgeMessage {
  readonly kind: 'nudge';
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
  | NudgeMessage
  | LifelineMessage;

/** What a commit changed. */
export interface ChangesMessage {
  readonly kind: 'changes';
  readonly changes: readonly Change[];
  /** When the commit had been done: milliseconds since 1970, with a fraction. */
  readonly committedMs: number;
}

/** What a commit by others changed, for a witness. */
export interface WitnessMessage {
  readonly kind: 'witness';
  readonly seq: number;
  readonly changes: readonly Change[];
}

/** Changes were left out from here on, until the client has handed out this message too. */
export interface ChangesLostMessage {
  readonly kind: 'changesLost';
}

export type WriterMessage =
  // A number: so many successes, and nobody looks at their results.
  | { readonly kind: 'results'; readonly results: readonly unknown[] | number }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | ChangesMessage
  | WitnessMessage
  | ChangesLostMessage
  | { readonly kind: 'failed'; readonly reason: unknown };
