/**
 * A small tree with one of everything, and the paths that name its parts in every manner: missing,
 * through files, with trailing slashes, ending in dots, through links that dangle or loop.
 */
import { captureTree, type Tree } from '../support/tree.js';
import type { CaseContext, Outcome } from './case.js';

/** Makes the world under `prefix`, a folder of the case that exists (`''`: the case's own folder). */
export async function makeWorld(c: CaseContext, prefix = ''): Promise<void> {
  const { plain: fs } = c;
  const at = (path: string): string => c.at(`${prefix}${path}`);
  await Promise.all([
    fs.writeFile(at('file'), 'content'),
    fs.mkdir(at('dir')).then(() => fs.writeFile(at('dir/inner'), 'inner')),
    fs.mkdir(at('empty')),
    fs.symlink('file', at('to-file')),
    fs.symlink('dir', at('to-dir')),
    fs.symlink('to-dir', at('to-to-dir')),
    fs.symlink('nowhere', at('dangling')),
    fs.symlink('loop', at('loop')),
    fs.symlink('loop-b', at('loop-a')),
    fs.symlink('loop-a', at('loop-b')),
  ]);
  await fs.link(at('file'), at('hard'));
}

export const NAME_OF_255_BYTES: string = 'n'.repeat(255);
export const NAME_OF_256_BYTES: string = 'n'.repeat(256);
/** 255 bytes in 86 characters. */
export const WIDE_NAME_OF_255_BYTES: string = '€'.repeat(85);
export const WIDE_NAME_OF_256_BYTES: string = `${'€'.repeat(85)}n`;

/** Ways to name something, by what they have in common. */
export const WORLD_PATHS: Readonly<Record<string, readonly string[]>> = {
  files: [
    'file',
    'file/',
    'file//',
    'file/.',
    'file/..',
    'file/child',
    'file/child/',
    'file/../file',
    'hard',
    'dir/inner',
    'dir/inner/',
    'dir/./inner',
    './/dir/.///inner',
    'dir/../file',
    'dir/../dir/inner',
  ],
  directories: [
    'dir',
    'dir/',
    'dir//',
    'dir/.',
    'dir/./',
    'dir/..',
    'dir/../',
    'dir/../empty',
    'empty',
    'empty/',
    'empty/.',
    'empty/./',
    'empty/..',
    '.',
  ],
  links: [
    'to-file',
    'to-file/',
    'to-file/.',
    'to-file/..',
    'to-file/child',
    'to-dir',
    'to-dir/',
    'to-dir/.',
    'to-dir/..',
    'to-dir/../file',
    'to-dir/inner',
    'to-dir/inner/',
    'to-to-dir',
    'to-to-dir/',
    'to-to-dir/inner',
    'dangling',
    'dangling/',
    'dangling/.',
    'dangling/..',
    'dangling/child',
    'loop',
    'loop/',
    'loop/.',
    'loop/child',
    'loop-a',
    'loop-a/',
  ],
  'missing names': [
    'missing',
    'missing/',
    'missing//',
    'missing/.',
    'missing/..',
    'missing/child',
    'missing/child/',
    'missing/../file',
    'dir/missing',
    'dir/missing/',
    'dir/../missing',
    'to-dir/missing',
    'to-dir/missing/child',
    '...',
    ' ',
    '\n',
    '\\',
  ],
  'long names': [
    NAME_OF_255_BYTES,
    `${NAME_OF_255_BYTES}/`,
    `dir/${NAME_OF_255_BYTES}`,
    NAME_OF_256_BYTES,
    `${NAME_OF_256_BYTES}/`,
    `${NAME_OF_256_BYTES}/child`,
    `${NAME_OF_256_BYTES}/..`,
    `missing/${NAME_OF_256_BYTES}`,
    `file/${NAME_OF_256_BYTES}`,
    `dangling/${NAME_OF_256_BYTES}`,
    `loop/${NAME_OF_256_BYTES}`,
    WIDE_NAME_OF_255_BYTES,
    WIDE_NAME_OF_256_BYTES,
  ],
};

/** How a call on one path ended and, when it succeeded, what it left of the world. */
export type WorldOutcome = Outcome & { readonly left?: Tree };

/**
 * The outcome of `action` for each path, each in a whole world: it is made anew after every call
 * that succeeded. `changes` is false when the action only reads.
 */
export async function tryEach(
  c: CaseContext,
  paths: readonly string[],
  changes: boolean,
  action: (world: string, path: string) => unknown,
): Promise<Readonly<Record<string, WorldOutcome>>> {
  const outcomes: Record<string, WorldOutcome> = {};
  const world = c.at('world');
  let whole = false;
  for (const path of paths) {
    if (!whole) {
      await c.plain.mkdir(world);
      await makeWorld(c, 'world/');
      whole = true;
    }
    const outcome = await c.attempt(() => action(world, path));
    if (changes && 'returned' in outcome) {
      outcomes[path] = { ...outcome, left: await captureTree(c.plain, world) };
      await c.plain.rm(world, { recursive: true });
      whole = false;
    } else {
      outcomes[path] = outcome;
    }
  }
  return outcomes;
}

/** An absolute path of exactly `bytes` bytes that leads to `relative` over many `./`. */
export function paddedPath(c: CaseContext, relative: string, bytes: number): string {
  const base = `${c.at()}/`;
  const missing = bytes - Buffer.byteLength(base) - Buffer.byteLength(relative);
  if (missing < 0) throw new RangeError(`the path is longer than ${bytes} bytes already`);
  // `/` stands for itself any number of times; `./` would allow even lengths only.
  return `${base}${'/'.repeat(missing)}${relative}`;
}
