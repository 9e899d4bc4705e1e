/** A case: system calls in a fresh folder, whose answers and leavings a mount shares with a disk. */

/** Effective uid, gid and further groups; null: root. */
export type Who = readonly [uid: number, gid: number, groups: readonly number[]] | null;

/** Who calls, what, with which arguments; the calls are those of `agent.py`. */
export type Step = readonly [who: Who, call: string, ...args: readonly unknown[]];

export interface PosixCase {
  readonly title: string;
  readonly steps: readonly Step[];
}

export const ROOT: Who = null;
export const ALICE: Who = [1001, 1001, []];
export const BOB: Who = [1002, 1002, []];
/** Also in the group of Alice. */
export const CAROL: Who = [1003, 1003, [1001]];

export function posixCase(title: string, ...steps: readonly Step[]): PosixCase {
  return { title, steps };
}
