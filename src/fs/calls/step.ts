/**
 * Steps: what a function of `node:fs` asks of the volume, apart from how its caller waits.
 *
 * Each function of the face is written once, as a call: it checks its arguments (throwing at once) and
 * returns a step, or a generator of steps where one is not enough. The promises, callback and sync
 * faces run the same calls; a transaction collects the writing ones.
 */
import { Errno } from '../../core/errno.js';
import { FsError, type FsErrorPlace, VolumeError } from '../../core/errors.js';
import type { Ino } from '../../core/ino.js';
import type { Creator } from '../../ops/context.js';
import type { View } from '../../readers/pool.js';
import type { Store } from '../../store/store.js';
import type {
  CommandArgs,
  CommandName,
  CommandResult,
  Precondition,
} from '../../writer/commands.js';
import type { DescriptorTable } from '../descriptors.js';

/** A read: synchronous, on a connection of the calling thread, against one view. */
export interface ReadStep<T> extends FsErrorPlace {
  readonly kind: 'read';
  readonly read: (store: Store) => T;
  /**
   * The same as one statement, which needs no transaction to be one view. Where it cannot tell, `read`
   * runs.
   */
  readonly find: Find<T> | undefined;
  /** What it is counted as, where that is not its system call. */
  readonly operation: string | undefined;
}

/** What a `find` answers when only `read` can tell. */
export const UNCERTAIN: unique symbol = Symbol('uncertain');
type Find<T> = (store: Store) => T | typeof UNCERTAIN;

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

/** What this thread answers by itself: nobody is asked. */
export interface LocalStep<T> extends FsErrorPlace {
  readonly kind: 'local';
  readonly run: () => T;
}

/** Several changes as one, for a function that takes them together. */
export interface TransactionStep extends FsErrorPlace {
  readonly kind: 'transaction';
  readonly steps: readonly WriteStep<unknown>[];
}

/** A frozen view that lasts over several steps. Whoever asks for it must release it. */
export interface ViewStep extends FsErrorPlace {
  readonly kind: 'view';
}

/** What the caller's own code answered, which may be a promise where the caller can wait for one. */
export interface WaitStep extends FsErrorPlace {
  readonly kind: 'wait';
  readonly value: unknown;
}

/** A moment at which the event loop may turn, if the caller lets it. */
export interface PauseStep extends FsErrorPlace {
  readonly kind: 'pause';
}

export type Step<T> =
  | ReadStep<T>
  | WriteStep<T>
  | LocalStep<T>
  | (SyncStep & Finished<T>)
  | (HoldStep & Finished<T>)
  | (TransactionStep & Finished<T>)
  | (ViewStep & Finished<T>)
  | (WaitStep & Finished<T>)
  | (PauseStep & Finished<T>);

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
  readonly descriptors: DescriptorTable;
  /** A file is no longer open here. */
  release(ino: Ino): void;
}

export function isSequence<T>(call: Call<T>): call is StepSequence<T> {
  return 'next' in call;
}

export function readStep<T>(
  place: FsErrorPlace,
  read: (store: Store) => T,
  find?: Find<T>,
  operation?: string,
): ReadStep<T> {
  const { syscall, path, dest } = place;
  return { kind: 'read', syscall, path, dest, read, find, operation };
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

export function localStep<T>(run: () => T): LocalStep<T> {
  return { kind: 'local', syscall: '', run };
}

const PAUSE: PauseStep = { kind: 'pause', syscall: '' };

/** Runs a step inside a sequence and gives its result its type. */
export function* ask<T>(step: Step<T>): Generator<Step<unknown>, T, never> {
  return (yield step as Step<unknown>) as T;
}

/** Runs a call inside a sequence. */
export function* perform<T>(call: Call<T>): Generator<Step<unknown>, T, never> {
  return isSequence(call) ? yield* call : yield* ask(call);
}

export function* pause(): Generator<Step<unknown>, void, never> {
  yield PAUSE;
}

/** Waits for `value` where the caller can. */
export function* wait(value: unknown): Generator<Step<unknown>, unknown, never> {
  return yield { kind: 'wait', syscall: '', value };
}

/** Runs `work` with a frozen view and releases it, whatever happens. */
export function* withView<T>(
  syscall: string,
  work: (view: View) => StepSequence<T>,
): Generator<Step<unknown>, T, never> {
  const view = yield* ask<View>({ kind: 'view', syscall });
  try {
    return yield* work(view);
  } finally {
    yield* wait(view.release());
  }
}

/** The caller's error for what a step threw: an errno gets the place, anything else stays. */
export function stepError(step: Step<unknown>, error: unknown): unknown {
  if (!(error instanceof Errno)) return error;
  const special = step.kind === 'write' ? step.errorFor?.(error.code) : undefined;
  const place = { ...placeIn(step), ...error.place };
  return special ?? new FsError(error.code, place, causeOf(error));
}

/** What is damaged, for who wants to know more than EIO. */
function causeOf({ damage }: Errno): VolumeError | undefined {
  if (damage === undefined) return undefined;
  return new VolumeError('ERR_VOLUME_CORRUPT', `The volume is damaged: ${damage}.`, {
    hint: 'Run `cabinet check --content` for all that is damaged; restore a backup, or get out what is left with `cabinet salvage`.',
  });
}

/** Runs a read on a view that is there already. */
export function readIn<T>(view: View, step: ReadStep<T>): T {
  try {
    return view.read(step.read);
  } catch (error) {
    throw stepError(step, error);
  }
}

function placeIn({ syscall, path, dest }: FsErrorPlace): FsErrorPlace {
  return { syscall, path, dest };
}

/** Options of ours beside Node's. */
export interface VersionOption {
  /** Apply only if the file is at this version; 0: only if it does not exist. */
  readonly ifVersion?: number | undefined;
}
