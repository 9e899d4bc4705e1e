/**
 * What a program that mounts and the process that serves the mount tell each other. `process/` is for
 * mounts that are not served by the program's own threads.
 */
import type { Failure } from '../../core/failure.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import type { OpenOptions } from '../../core/options.js';

export interface MountOrder {
  readonly transport: 'kernel' | 'fuse-native';
  /** The volume's file. */
  readonly path: string;
  /** A directory that can be mounted on, absolute and without links. */
  readonly dir: string;
  readonly open: OpenOptions;
  readonly options: ResolvedMountOptions;
}

export type ToServer =
  | { readonly kind: 'mount'; readonly order: MountOrder }
  /** The mount has left the tree: to be noticed soon. */
  | { readonly kind: 'look' }
  /** Ends the mount whoever uses it. */
  | { readonly kind: 'end' };

export interface Counts {
  /** Requests that were answered. */
  readonly requests: number;
  /** Of those, such as had an error that has no errno. */
  readonly errors: number;
}

export type FromServer =
  | { readonly kind: 'mounted'; readonly threads: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'counts'; readonly counts: Counts }
  | { readonly kind: 'warning'; readonly message: string; readonly detail: string };
