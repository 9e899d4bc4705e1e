/** What the tests of this folder share: an archive beside a volume, and states of it to compare with. */
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import {
  type ArchiveStatus,
  materialise,
  openVolume,
  type RestoreAt,
  verifyVolume,
} from '#src/index.js';
import { type Child, startChild } from '../support/child.js';
import type { OpenOptions } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';

export const CHILD: URL = new URL('./volume-child.js', import.meta.url);

/** By itself an archive of the tests ships as good as never. */
export const SELDOM_SECONDS = 86_400;

/** A state that was recorded, and when. */
export interface Recorded {
  readonly commit: number;
  readonly atMs: number;
  readonly tree: Tree;
}

export function openChild(file: string, options: OpenOptions): Child {
  return startChild(CHILD, [file, JSON.stringify(options)]);
}

/**
 * Ships from the process that archives, and records what is there. A copy that is under way is waited for:
 * before there is one, nothing can be restored.
 */
export async function record(child: Child): Promise<Recorded> {
  const { lastCommit, lastAtMs } = (await child.ask('settle')) as ArchiveStatus;
  const tree = (await child.ask('tree')) as Tree;
  if (lastCommit === null || lastAtMs === null) throw new Error('nothing was shipped');
  return { commit: lastCommit, atMs: lastAtMs, tree };
}

let restored = 0;

/** The tree of a restored state, after a check of the file. */
export async function restoredTree(
  t: ExecutionContext,
  directory: string,
  at: RestoreAt | undefined,
  folder: string,
): Promise<Tree> {
  restored += 1;
  const target = join(folder, `restored-${restored}.cabinet`);
  await materialise(directory, at, target);
  const result = await verifyVolume(target);
  t.deepEqual(result.problems, [], `the state at ${JSON.stringify(at)} is sound`);
  const volume = await openVolume(target);
  try {
    return await captureTree(volume.fs.promises as never, '/');
  } finally {
    await volume.close();
  }
}

export async function assertRestores(
  t: ExecutionContext,
  directory: string,
  { commit, atMs, tree }: Recorded,
  folder: string,
): Promise<void> {
  t.deepEqual(await restoredTree(t, directory, { commit }, folder), tree, `commit ${commit}`);
  t.deepEqual(await restoredTree(t, directory, atMs, folder), tree, `at ${atMs}`);
}
