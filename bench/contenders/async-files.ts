/** The face that `node:fs/promises` and a volume share, so that both run the very same code. */
import type * as promises from 'node:fs/promises';

export type PromisesFs = Pick<
  typeof promises,
  | 'copyFile'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readFile'
  | 'rename'
  | 'rm'
  | 'stat'
  | 'unlink'
  | 'writeFile'
>;

export interface AsyncFiles {
  readonly fs: PromisesFs;
  /** What every path begins with; empty for the root of a volume. */
  readonly root: string;
  /** Closes what was opened, with the final checkpoint of a volume. */
  close(): Promise<void>;
}

/** Opens the files that are kept in `folder`, creating what is missing. */
export type OpenFiles = (folder: string) => Promise<AsyncFiles>;
