/** A case: system calls in a fresh folder, whose answers and leavings a mount shares with a disk. */

/** Effective uid, gid and further groups; null: root. */
export type Who = readonly [uid: number, gid: number, groups: readonly number[]] | null;

/** Who calls, what, with which arguments; the calls are those of `agent_calls.py`. */
export type Step = readonly [who: Who, call: string, ...args: readonly unknown[]];

/**
 * When everything that a case names is looked at: after each step, after the last one alone, or never,
 * where looking would change what happens.
 */
export type Looks = 'each' | 'last' | 'never';

export interface PosixCase {
  readonly title: string;
  readonly steps: readonly Step[];
  /** As the group has it. */
  readonly looks?: Looks;
}

/** Cases that run together. */
export interface PosixGroup {
  readonly title: string;
  readonly cases: readonly PosixCase[];
  /** @defaultValue 'each' */
  readonly looks?: Looks;
}

export const ROOT: Who = null;
export const ALICE: Who = [1001, 1001, []];
export const BOB: Who = [1002, 1002, []];
/** Also in the group of Alice. */
export const CAROL: Who = [1003, 1003, [1001]];

export function posixCase(title: string, ...steps: readonly Step[]): PosixCase {
  return { title, steps };
}

/** The call of a step, and which times it moves of which paths: letters of atime, mtime, ctime, birth. */
export function moved(who: Who, paths: readonly string[], ...call: readonly unknown[]): Step {
  return [who, 'moved', paths, call];
}
