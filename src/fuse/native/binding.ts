/**
 * The package fuse-native, as far as it is used here; it comes without types. Its class mounts. What it
 * compiles has a function for each kind of request, by which the thread of libfuse that waits is answered:
 * `signal(thread, result, ...answer)`.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageMissing } from '../kernel/mount-errors.js';

// Not a literal: what it exports is declared here.
const PACKAGE_NAME: string = 'fuse-native';
/** By which the package finds what was compiled. */
const FINDER_NAME = 'node-gyp-build';

/** Memory of the thread of libfuse that waits for an answer. */
export type NativeThread = Buffer;

/** Answers: 0 or a count, or a negative errno; then what the request is answered with. */
export type Signal = (thread: NativeThread, result: number, ...answer: readonly unknown[]) => void;

/** What the native side calls: the thread that asks, the number of the request, and its arguments. */
export type NativeHandler = (thread: NativeThread, op: number, ...args: never[]) => void;

/** The parts of the class that are used, or overridden. */
export interface NativeFuse {
  mount(done: (error?: Error | null) => void): void;
  _fuseOptions(): string;
  _makeHandlerArray(): NativeHandler[];
  /** Tells who mounts that the mount is there, then answers. */
  _op_init(signal: (result: number) => void): void;
}

export type NativeFuseClass = new (dir: string, operations: object, options: object) => NativeFuse;

export interface NativeBinding {
  readonly Fuse: NativeFuseClass;
  /** Number of a kind of request. */
  op(name: string): number;
  signal(name: string): Signal;
}

/** Loaded late and once: a worker thread that loads it ends the process. ERR_MOUNT_FAILED. */
export async function loadBinding(dir: string): Promise<NativeBinding> {
  try {
    const { default: Fuse } = (await import(PACKAGE_NAME)) as { readonly default: NativeFuseClass };
    const entry = fileURLToPath(import.meta.resolve(PACKAGE_NAME));
    const find = createRequire(entry)(FINDER_NAME) as (folder: string) => Record<string, unknown>;
    // The same as the class has: what is compiled is loaded once.
    const compiled = find(dirname(entry));
    return {
      Fuse,
      op: (name) => compiled[`op_${name}`] as number,
      signal: (name) => compiled[`fuse_native_signal_${name}`] as Signal,
    };
  } catch (error) {
    throw packageMissing(dir, PACKAGE_NAME, error);
  }
}
