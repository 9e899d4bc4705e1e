/**
 * Whether a volume can be archived on from a state that was archived before, with nothing missing in
 * between: not even a page. It is proved from the files, never from what somebody has noted.
 *
 * By the log: it is the same one, and the same up to the frame at which the state ended. Then everything
 * newer stands behind that frame; a log that is begun anew gets other salts.
 *
 * By the database file: it held the whole state then, and nobody has written to it since. Then nothing
 * was moved out of the log, so that it was begun anew at most once with something in it: everything newer
 * stands in the log of now, from its first frame on. Two writes within one tick of a coarse clock leave
 * the same times behind; so the times count only when they were old enough when they were noted, or when
 * the log's first salt says that it was begun anew exactly once: each time it grows by one.
 */
import { statSync } from 'node:fs';
import type { WalFile, WalHeader, WalPosition } from '../../sqlite/wal-file.js';
import type { FileState, Position } from './segment-format.js';

/** Longer than the tick of any clock that stamps files. */
const SETTLED_NS = 20_000_000n;
const NS_PER_MS = 1_000_000n;

/** What `stat` says of the database file. It takes no lock and opens nothing. */
export function fileStateOf(path: string): FileState {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return {
    inode: String(ino),
    bytes: Number(size),
    modifiedNs: String(mtimeNs),
    changedNs: String(ctimeNs),
    isSettled: ageNs(mtimeNs) > SETTLED_NS && ageNs(ctimeNs) > SETTLED_NS,
  };
}

function ageNs(timeNs: bigint): bigint {
  return BigInt(Date.now()) * NS_PER_MS - timeNs;
}

function isUntouched(before: FileState, now: FileState): boolean {
  return (
    before.inode === now.inode &&
    before.bytes === now.bytes &&
    before.modifiedNs === now.modifiedNs &&
    before.changedNs === now.changedNs
  );
}

/**
 * The place in the log from which on everything is newer than the state at `position`: null is the
 * beginning of the log, undefined that it is not known. A pin must have been taken before.
 */
export function continueFrom(
  position: Position,
  volume: string,
  log: WalFile | undefined,
): WalPosition | null | undefined {
  if (position.log !== null && log?.holds(position.log) === true) return position.log;
  const { file } = position;
  if (file === null || !isUntouched(file, fileStateOf(volume))) return undefined;
  if (file.isSettled || wasBegunOnce(position.log, log?.readHeader())) return null;
  return undefined;
}

const SALT_VALUES = 2 ** 32;

function wasBegunOnce(before: WalPosition | null, now: WalHeader | undefined): boolean {
  return before !== null && now !== undefined && now.salt1 === (before.salt1 + 1) % SALT_VALUES;
}
