/** What answers the kernel in the process that serves a mount: one for each transport. */
import type { Counts, MountOrder } from './protocol.js';

export interface Server {
  /** Threads that answer. */
  readonly threads: number;
  readonly counts: Counts;
  /** Resolves when the kernel asks for nothing any more; rejects when nobody answers although it does. */
  readonly ended: Promise<void>;
  /** Looks whether the mount has ended, now. */
  look(): void;
  /** Takes the mount away, whoever uses it: brings in what was written first. */
  end(): Promise<void>;
  /** Closes the volume, once the mount has ended. */
  close(): Promise<void>;
}

/** Told of errors that have no errno; the caller got EIO. `repeated`: so many were not told before. */
export type Warn = (error: unknown, what: string, repeated: number) => void;

/** Opens the volume, mounts and begins to answer. */
export type StartServer = (order: MountOrder, warn: Warn) => Promise<Server>;
