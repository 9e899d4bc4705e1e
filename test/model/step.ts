/**
 * The steps a random sequence is made of, as plain data: a failing sequence can be read, replayed
 * and kept. `@` in a link target stands for the root of the sequence.
 */
import fc from 'fast-check';

/** Handles are kept in numbered slots; a step on an empty slot does nothing. */
export type Step =
  | { readonly do: 'mkdir'; readonly path: string; readonly recursive: boolean }
  | { readonly do: 'writeFile' | 'appendFile'; readonly path: string; readonly bytes: number }
  | { readonly do: 'truncate'; readonly path: string; readonly size: number }
  | { readonly do: 'rename' | 'link' | 'copyFile'; readonly from: string; readonly to: string }
  | { readonly do: 'symlink'; readonly target: string; readonly path: string }
  | { readonly do: PathOnly; readonly path: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly do: 'utimes' | 'lutimes'; readonly path: string; readonly seconds: number }
  | {
      readonly do: 'open';
      readonly slot: number;
      readonly path: string;
      readonly flags: string;
    }
  | {
      readonly do: 'write' | 'read';
      readonly slot: number;
      readonly position: number | null;
      readonly bytes: number;
    }
  | { readonly do: 'ftruncate'; readonly slot: number; readonly size: number }
  | { readonly do: SlotOnly; readonly slot: number }
  | { readonly do: 'reopen' };

type PathOnly = (typeof PATH_ONLY)[number];
type SlotOnly = (typeof SLOT_ONLY)[number];

const PATH_ONLY = [
  'unlink',
  'rmdir',
  'rm',
  'readFile',
  'readdir',
  'readdirDeep',
  'stat',
  'lstat',
  'readlink',
  'realpath',
] as const;
const SLOT_ONLY = ['fstat', 'fsync', 'readRest', 'close', 'fchmod'] as const;

const NAMES = ['a', 'b', 'c', 'd'];
const FLAGS = ['r', 'r+', 'w', 'w+', 'wx+', 'a', 'a+', 'ax'];
/** Around the sizes where a volume changes how it keeps content. */
const SIZES = [0, 1, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 131_072, 150_001, 262_144];
const MODES = [0o600, 0o644, 0o700, 0o755, 0o777];

const name = fc.constantFrom(...NAMES);
const path: fc.Arbitrary<string> = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));
const anyPath = fc.oneof(
  { weight: 12, arbitrary: path },
  { weight: 1, arbitrary: path.map((text) => `${text}/`) },
  { weight: 1, arbitrary: fc.tuple(name, path).map(([first, rest]) => `${first}/../${rest}`) },
);
const target = fc.oneof(
  path,
  path.map((text) => `../${text}`),
  path.map((text) => `@/${text}`),
  fc.constantFrom('.', '..', 'a/'),
);
const size = fc.oneof(fc.constantFrom(...SIZES), fc.nat({ max: 3000 }), fc.nat({ max: 200_000 }));
const position = fc.oneof(fc.constant(null), size);
const slot = fc.nat({ max: 3 });

/** Weights keep the tree full enough for steps to meet something. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: record('mkdir', { path: anyPath, recursive: fc.constant(false) }) },
  // Plain paths: where a recursive mkdir fails halfway Node keeps what it made, a volume nothing.
  { weight: 3, arbitrary: record('mkdir', { path, recursive: fc.constant(true) }) },
  { weight: 8, arbitrary: record('writeFile', { path: anyPath, bytes: size }) },
  { weight: 4, arbitrary: record('appendFile', { path: anyPath, bytes: size }) },
  { weight: 3, arbitrary: record('truncate', { path: anyPath, size }) },
  { weight: 8, arbitrary: record('rename', { from: anyPath, to: anyPath }) },
  { weight: 4, arbitrary: record('link', { from: anyPath, to: anyPath }) },
  { weight: 4, arbitrary: record('copyFile', { from: anyPath, to: anyPath }) },
  { weight: 3, arbitrary: record('symlink', { target, path: anyPath }) },
  { weight: 2, arbitrary: record('chmod', { path: anyPath, mode: fc.constantFrom(...MODES) }) },
  { weight: 2, arbitrary: record('utimes', { path: anyPath, seconds: fc.nat({ max: 999 }) }) },
  { weight: 1, arbitrary: record('lutimes', { path: anyPath, seconds: fc.nat({ max: 999 }) }) },
  { weight: 5, arbitrary: record('open', { slot, path, flags: fc.constantFrom(...FLAGS) }) },
  { weight: 6, arbitrary: record('write', { slot, position, bytes: size }) },
  { weight: 4, arbitrary: record('read', { slot, position, bytes: size }) },
  { weight: 3, arbitrary: record('ftruncate', { slot, size }) },
  ...PATH_ONLY.map((kind) => ({ weight: 2, arbitrary: record(kind, { path: anyPath }) })),
  ...SLOT_ONLY.map((kind) => ({ weight: 1, arbitrary: record(kind, { slot }) })),
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'reopen' }) },
);

/** A step of one kind with generated fields; the cast ties the fields to the kind. */
function record(
  kind: Step['do'],
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constant(kind),
    ...fields,
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<Step>;
}
