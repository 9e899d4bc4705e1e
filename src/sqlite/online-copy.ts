/**
 * Copies a database page by page while it is in use.
 *
 * INVARIANT: the connection has a view open. SQLite begins such a copy again whenever somebody else has
 * committed, which under steady writes never ends; inside an open view nothing it reads ever changes, so
 * one pass is enough and the copy is exactly that view. The log is kept for as long.
 */
import { invariant } from '../core/errors.js';
import type { Connection } from './connection.js';
import { translateSqliteError } from './driver-errors.js';
import { makePrivateFile } from './private-file.js';

export interface CopyOptions {
  /** Pages that are copied at once; the thread does nothing else meanwhile. */
  readonly pagesPerStep: number;
  /** Called after each step. What it throws ends the copy. */
  readonly onProgress?: (pagesDone: number, pagesTotal: number) => void;
}

/**
 * Copies what `connection` sees to the new file `target`; resolves with the number of pages. The caller
 * removes an unfinished file.
 */
export async function copyDatabase(
  connection: Connection,
  target: string,
  { pagesPerStep, onProgress }: CopyOptions,
): Promise<number> {
  invariant(connection.inTransaction, 'a database is copied from an open view');
  makePrivateFile(target);
  try {
    return await connection.copyPages(target, (left, total) => {
      onProgress?.(total - left, total);
      return pagesPerStep;
    });
  } catch (error) {
    throw translateSqliteError(error, target);
  }
}
