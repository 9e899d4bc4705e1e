/** glob and fast-glob find in a volume what they find on disk, in each of their ways. */
import test from 'ava';
import fastGlob from 'fast-glob';
import { Glob, glob, globStream, globSync } from 'glob';
import { addOddities, type Place, withPlaces } from './places.js';

const PARTS = ['src', 'docs', 'package.json'];
const PATTERNS = [
  '**',
  '**/*.ts',
  'src/{core,fs}/**/[a-m]*.ts',
  '*',
  'docs/*/',
  'odd/**/*.ts',
  'odd/gr*ße*',
  './docs/../package.json',
  'none/**',
  'src/fs/face.ts',
];

type Finder = (pattern: string, place: Place) => Promise<readonly string[]> | readonly string[];

const GLOB: Readonly<Record<string, Finder>> = {
  promise: (pattern, { fs, root }) => glob(pattern, { fs, cwd: root }),
  sync: (pattern, { fs, root }) => globSync(pattern, { fs, cwd: root }),
  stream: (pattern, { fs, root }) => collect(globStream(pattern, { fs, cwd: root })),
  dot: (pattern, { fs, root }) => glob(pattern, { fs, cwd: root, dot: true, mark: true }),
  follow: (pattern, { fs, root }) => glob(pattern, { fs, cwd: root, follow: true, nodir: true }),
  realpath: async (pattern, { fs, root }) => {
    const found = await glob(pattern, { fs, cwd: root, realpath: true, absolute: true });
    return found.map((path) => path.replace(root, ''));
  },
  stat: async (pattern, { fs, root }) => {
    const options = { fs, cwd: root, stat: true, withFileTypes: true } as const;
    const found = await new Glob(pattern, options).walk();
    return found.map((path) => {
      const size = path.isFile() ? path.size : 0;
      return `${path.relative()} ${path.mode} ${size} ${path.isSymbolicLink()}`;
    });
  },
};

const FAST_GLOB: Readonly<Record<string, Finder>> = {
  promise: (pattern, { fs, root }) => fastGlob(pattern, { fs, cwd: root, dot: true }),
  sync: (pattern, { fs, root }) => fastGlob.sync(pattern, { fs, cwd: root }),
  stream: (pattern, { fs, root }) => collect(fastGlob.stream(pattern, { fs, cwd: root })),
  directories: (pattern, { fs, root }) =>
    fastGlob(pattern, { fs, cwd: root, onlyDirectories: true }),
  marked: (pattern, { fs, root }) =>
    fastGlob(pattern, { fs, cwd: root, onlyFiles: false, markDirectories: true, deep: 2 }),
  'links not followed': (pattern, { fs, root }) =>
    fastGlob(pattern, { fs, cwd: root, onlyFiles: false, followSymbolicLinks: false }),
  stats: async (pattern, { fs, root }) => {
    const found = await fastGlob(pattern, { fs, cwd: root, stats: true });
    return found.map(({ path, stats }) => `${path} ${stats?.mode} ${stats?.size}`);
  },
};

async function collect(found: AsyncIterable<unknown>): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of found) paths.push(String(path));
  return paths;
}

for (const [library, finders] of Object.entries({ glob: GLOB, 'fast-glob': FAST_GLOB })) {
  test(`${library} finds what it finds on disk`, async (t) => {
    await withPlaces(t, { parts: PARTS, add: addOddities }, async ({ disk, volume }) => {
      let found = 0;
      for (const pattern of PATTERNS) {
        for (const [way, find] of Object.entries(finders)) {
          const [onDisk, inVolume] = [await find(pattern, disk), await find(pattern, volume)];
          t.deepEqual([...inVolume].sort(), [...onDisk].sort(), `${pattern}, ${way}`);
          found += inVolume.length;
        }
      }
      t.true(found > 1000, `${found} paths`);
    });
  });
}
