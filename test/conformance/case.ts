/**
 * What a conformance case is: setup and a run, as data, without knowledge of the subject.
 *
 * The same case runs on the real filesystem and on the one under test; what `run` returns or
 * throws, what it noted, and the tree it leaves behind must be equal.
 */
import type { FileHandle } from 'node:fs/promises';
import type { FsPromises } from '../support/subject.js';

export interface CaseContext {
  readonly fs: FsPromises;
  /** The absolute path of `relative` in the folder of the case; without argument the folder. */
  readonly at: (relative?: string) => string;
  /** Opens a file of the case; the handle is closed at the end if the case did not. */
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
  /**
   * On the real filesystem something that failed leaves its beginning behind, on a volume nothing:
   * outcomes are compared, trees are not.
   */
  readonly leavesPart?: boolean;
  readonly setup?: (c: CaseContext) => unknown;
  readonly run: (c: CaseContext) => unknown;
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
