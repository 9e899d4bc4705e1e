/**
 * What a conformance case is: setup and a run, as data, without knowledge of the subject.
 *
 * The same case runs on the real filesystem and on the one under test, in each style that `node:fs`
 * has; what `run` returns or throws, what it noted, and the tree it leaves behind must be equal.
 */
import type { FileHandle } from 'node:fs/promises';
import type { FsPromises, NodeFs } from '../support/subject.js';
import type { Style } from './styles/style.js';

export interface CaseContext {
  /** The functions in the style of this run, in the shape of `node:fs/promises`. */
  readonly fs: FsPromises;
  /** For what is not under test: making a tree, and looking at what is left of it. */
  readonly plain: FsPromises;
  /** A function by its name in `node:fs` without `Sync`, also those that `fs` here does not have. */
  readonly call: (name: string, ...args: readonly unknown[]) => Promise<unknown>;
  /** The whole face, for cases of one style. */
  readonly face: NodeFs;
  readonly style: Style;
  /** The absolute path of `relative` in the folder of the case; without argument the folder. */
  readonly at: (relative?: string) => string;
  /**
   * Opens a file of the case; the handle is closed at the end if the case did not. Callbacks and sync
   * functions know numbers only: there the handle is one that calls them with its number.
   */
  readonly open: (relative: string, flags?: string | number, mode?: number) => Promise<FileHandle>;
  /** The normalised outcome of a call that may fail, so that a case can go on after it. */
  readonly attempt: (action: () => unknown) => Promise<Outcome>;
}

/** How a call ended. `threw` comes from a rejection, `threwAtOnce` from a call without a promise. */
export type Outcome =
  | { readonly returned: unknown }
  | { readonly threw: unknown }
  | { readonly threwAtOnce: unknown };

export interface Case {
  /** The behaviour, as a sentence without a full stop. */
  readonly title: string;
  /** `root`: the answer of the real filesystem is ours only when the process is root. */
  readonly needs?: 'root';
  /** The styles it runs in; by default each. */
  readonly styles?: readonly Style[];
  /**
   * On the real filesystem something that failed leaves its beginning behind, on a volume nothing:
   * outcomes are compared, trees are not. A list names the styles that do.
   */
  readonly leavesPart?: boolean | readonly Style[];
  /**
   * Node calls back before the function has returned, or throws what it should deliver; a volume never
   * does: how callbacks were called is not compared.
   */
  readonly eager?: boolean;
  /** Gets `plain` as its `fs`. */
  readonly setup?: (c: CaseContext) => unknown;
  readonly run: (c: CaseContext) => unknown;
}

/** The styles that tell one call from another by a number, or by a callback. */
export const NUMBERED: readonly Style[] = ['callback', 'sync'];

/** `cases` in these styles only. */
export function only(styles: readonly Style[], cases: readonly Case[]): readonly Case[] {
  return cases.map((each) => ({ ...each, styles }));
}

/** The error of `action`, or its result when it has none. */
export async function caught(action: () => unknown): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    return error;
  }
}

/** Passes a value of the wrong type where TypeScript would refuse it. */
export function wrong(value: unknown): never {
  return value as never;
}

/** Bytes that differ from position to position, so that misplaced ones show. */
export function pattern(sizeBytes: number, seed = 0): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1) {
    bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 0xff;
  }
  return bytes;
}
