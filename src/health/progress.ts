/** Tells the board of progress of long work, whoever else is told. */
import type { ProgressBoard, ProgressKind, ProgressReport } from '../core/progress-board.js';

/** Runs `work`, which says how far it is through what it is given. */
export async function withProgress<T>(
  board: ProgressBoard,
  kind: ProgressKind,
  work: (report: ProgressReport['report']) => Promise<T>,
): Promise<T> {
  const progress = board.begin(kind);
  try {
    return await work(progress.report);
  } finally {
    progress.end();
  }
}
