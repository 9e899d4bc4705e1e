/**
 * Steps: what a function of `node:fs` asks of the volume, apart from how its caller waits.
 *
 * Each function of the face is written once, as a call: it checks its arguments (throwing at once) and
 * returns a step, or a generator of steps where one is not enough. The promises, callback and sync
 * faces run the same calls; a transaction collects the writing ones.
 */
import { Errno } from '../../core/errno.js';
import { FsError, type FsErrorPlace } from '../../core/errors.js';
import type { Ino } from '../../core/ino.js';
import type { Creator } from '../../ops/context.js';
import type { Store } from '../../store/store.js';
import type {
  CommandArgs,
  CommandName,
  CommandResult,
  Precondition,
} from '../../writer/commands.js';

/** A read: synchronous, on a connection of the calling thread, against one view. */
export interface ReadStep<T> extends FsErrorPlace {
  readonly kind: 'read';
  readonly read: (store: Store) => T;
}

/** A change: one command for the writer. */
export interface WriteStep<T> extends FsErrorPlace {
  readonly kind: 'write';
  readonly name: CommandName;
  readonly args: readonly unknown[];
  readonly data?: Uint8Array | undefined;
  readonly preconditions?: readonly Precondition[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** From the command's result to the function's; absent where the function returns nothing. */
  readonly finish: ((result: never) => T) | undefined;
  /** An error that is not the plain one for the errno, where Node has its own. */
  readonly errorFor?: ((code: string) => unknown) | undefined;
}

/** A barrier: everything acknowledged is on stable storage. */
export interface SyncStep extends FsErrorPlace {
  readonly kind: 'sync';
}

/** Notes with the writer that this client has the inode open; answers whether it still exists. */
export interface HoldStep extends FsErrorPlace {
  readonly kind: 'hold';
  readonly ino: Ino;
}

export type Step<T> =
  | ReadStep<T>
  | WriteStep<T>
  | (SyncStep & Finished<T>)
  | (HoldStep & Finished<T>);

/** Marks the result type of steps whose result is fixed. */
interface Finished<T> {
  readonly result?: T;
}

export type StepSequence<T> = Generator<Step<unknown>, T, never>;

/** What a call is: one step, or several. */
export type Call<T> = Step<T> | StepSequence<T>;

/** What calls need to know of the volume and its user. */
export interface CallEnvironment {
  /** Owner and permission bits of a new inode; takes the umask off. */
  creator(mode: number): Creator;
  readonly facts: { readonly dev: number; readonly chunkSizeBytes: number };
  readonly isReadOnly: boolean;
}

export function isSequence<T>(call: Call<T>): call is StepSequence<T> {
  return 'next' in call;
}

export function readStep<T>(place: FsErrorPlace, read: (store: Store) => T): ReadStep<T> {
  const { syscall, path, dest } = place;
  return { kind: 'read', syscall, path, dest, read };
}

export interface WriteStepExtras<K extends CommandName, T> {
  readonly data?: Uint8Array | undefined;
  readonly preconditions?: readonly Precondition[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly finish?: (result: CommandResult<K>) => T;
  readonly errorFor?: (code: string) => unknown;
}

export function writeStep<K extends CommandName, T = undefined>(
  place: FsErrorPlace,
  name: K,
  args: CommandArgs<K>,
  extras: WriteStepExtras<K, T> = {},
): WriteStep<T> {
  // Fields one by one: steps are made for every call, and spreading costs more than all of this.
  return {
    kind: 'write',
    syscall: place.syscall,
    path: place.path,
    dest: place.dest,
    name,
    args,
    data: extras.data,
    preconditions: extras.preconditions,
    signal: extras.signal,
    finish: extras.finish as ((result: never) => T) | undefined,
    errorFor: extras.errorFor,
  };
}

/** Runs a step inside a sequence and gives its result its type. */
export function* ask<T>(step: Step<T>): Generator<Step<unknown>, T, never> {
  return (yield step as Step<unknown>) as T;
}

/** The caller's error for what a step threw: an errno gets the place, anything else stays. */
export function stepError(step: Step<unknown>, error: unknown): unknown {
  if (!(error instanceof Errno)) return error;
  const special = step.kind === 'write' ? step.errorFor?.(error.code) : undefined;
  return special ?? new FsError(error.code, { ...placeIn(step), ...error.place });
}

function placeIn({ syscall, path, dest }: FsErrorPlace): FsErrorPlace {
  return { syscall, path, dest };
}

/** Options of ours beside Node's. */
export interface VersionOption {
  /** Apply only if the file is at this version; 0: only if it does not exist. */
  readonly ifVersion?: number | undefined;
}
