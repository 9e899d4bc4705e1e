/**
 * Where a library works in these tests: the disk, which is the oracle, and a volume. Both begin with the
 * same parts of this project.
 *
 * The volume's root is a path that the disk does not have, and must not have in the end: a library that
 * passes by the fs it was given finds nothing, and is found out.
 */
import * as nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { importTree } from '#src/index.js';
import { projectPath } from '../support/project.js';
import type { NodeFs, Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { captureTree, type Tree } from '../support/tree.js';

export interface Place {
  readonly fs: NodeFs;
  /** A directory that holds the parts of the project, under the paths that they have in it. */
  readonly root: string;
}

export interface Places {
  readonly disk: Place;
  readonly volume: Place;
  /** The volume behind `volume`. */
  readonly behind: Volume;
  /** A folder on disk for what comes out, removed at the end. */
  readonly folder: string;
}

/** Runs `fn` with the same in both places: a copy of `parts` of the project, and what `add` adds. */
export async function withPlaces(
  t: ExecutionContext,
  { parts, add }: { parts: readonly string[]; add?: (root: string) => void },
  fn: (places: Places) => Promise<void>,
): Promise<void> {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const root = join(folder, 'work');
    nodeFs.mkdirSync(root);
    for (const part of parts) copyPart(part, root);
    add?.(root);
    const onlyInVolume = `/only-in-volume-${basename(folder)}`;
    const rootInVolume = join(onlyInVolume, 'work');
    await importTree(volume, root, { to: rootInVolume });
    await fn({
      disk: { fs: nodeFs, root },
      volume: { fs: volume.fs, root: rootInVolume },
      behind: volume,
      folder,
    });
    t.false(nodeFs.existsSync(onlyInVolume), 'the library wrote to the disk');
  });
}

/** Links of both kinds, dangling and in a circle too, and names that need care. */
export function addOddities(root: string): void {
  const at = (path: string): string => join(root, path);
  nodeFs.mkdirSync(at('odd/empty'), { recursive: true });
  nodeFs.mkdirSync(at('odd/.hidden/below'), { recursive: true });
  nodeFs.writeFileSync(at('odd/.hidden/below/file.ts'), 'hidden\n', { mode: 0o640 });
  nodeFs.writeFileSync(at('odd/größe ☃ [1].ts'), 'unicode\n', { mode: 0o755 });
  nodeFs.linkSync(at('odd/größe ☃ [1].ts'), at('odd/same.ts'));
  nodeFs.symlinkSync('same.ts', at('odd/link.ts'));
  nodeFs.symlinkSync('.hidden', at('odd/to-directory'));
  nodeFs.symlinkSync('../odd', at('odd/circle'));
  nodeFs.symlinkSync('nowhere', at('odd/dangling'));
}

function copyPart(part: string, root: string): void {
  const target = join(root, part);
  nodeFs.mkdirSync(dirname(target), { recursive: true });
  nodeFs.cpSync(projectPath(part), target, { recursive: true, preserveTimestamps: true });
}

/** What is below the place, or below a directory of it. */
export function treeOf({ fs, root }: Place, below = '.'): Promise<Tree> {
  return captureTree(fs.promises, join(root, below));
}

/** Paths of the files below the place, from its root, sorted. */
export function filesOf({ fs, root }: Place, below: string): string[] {
  return fs
    .readdirSync(join(root, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
