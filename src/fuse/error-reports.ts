/**
 * Errors that a mount tells of: each kind at once, and then not again for a while, so that a program
 * that tries on and on does not fill a log.
 */
import type { OnError } from './handler.js';

/** Time in which one kind of error is told once, in milliseconds. */
export const REPORT_EVERY_MS = 10_000;
/** Kinds that are remembered; past it the oldest is forgotten. */
const KINDS_MAX = 64;

interface Reported {
  sinceMs: number;
  /** Told by nobody since then. */
  kept: number;
}

/** Calls `onError` for what is to be told; `repeated` is how many of the kind were not told before it. */
export function limitReports(
  onError: (error: unknown, request: string, repeated: number) => void,
  nowMs: () => number = () => performance.now(),
): OnError {
  const reported = new Map<string, Reported>();
  return (error, request) => {
    const kind = `${request} ${error instanceof Error ? error.message : String(error)}`;
    const before = reported.get(kind);
    const now = nowMs();
    if (before !== undefined && now - before.sinceMs < REPORT_EVERY_MS) {
      before.kept += 1;
      return;
    }
    reported.delete(kind);
    reported.set(kind, { sinceMs: now, kept: 0 });
    if (reported.size > KINDS_MAX) reported.delete(reported.keys().next().value as string);
    onError(error, request, before?.kept ?? 0);
  };
}
