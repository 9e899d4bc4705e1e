/**
 * Values for arguments of `node:fs`, as data that can be read in a report: what each stands for is made
 * for the folder at hand.
 */
import { isUtf8 } from 'node:buffer';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';

export type Value =
  | { readonly path: string; readonly as: 'string' | 'Buffer' | 'Uint8Array' | 'URL' }
  /** Behind the folder, as bytes in hexadecimal. */
  | { readonly pathHex: string }
  | { readonly bytes: number; readonly as: ViewName }
  | { readonly plain: unknown }
  | { readonly bigint: string }
  | { readonly odd: OddName };

type ViewName = 'Buffer' | 'Uint8Array' | 'Uint16Array' | 'DataView' | 'ArrayBuffer';

const ODD = {
  undefined: () => undefined,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  Date: () => new Date(86_400_000),
  'bad Date': () => new Date(Number.NaN),
  function: () => () => undefined,
  'http URL': () => new URL('http://localhost/file'),
  'URL with a slash in a name': () => new URL('file:///a%2Fb'),
  'URL with NUL': () => new URL('file:///a%00b'),
  'URL of a host': () => new URL('file://host/a'),
} as const;

type OddName = keyof typeof ODD;

/** What `value` stands for below `folder`. */
export function made(value: Value, folder: string): unknown {
  if ('path' in value) return pathAs(`${folder}/${value.path}`, value.as);
  if ('pathHex' in value) {
    return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(value.pathHex, 'hex')]);
  }
  if ('bytes' in value) return viewOf(value.bytes, value.as);
  if ('bigint' in value) return BigInt(value.bigint);
  if ('odd' in value) return ODD[value.odd]();
  return structuredClone(value.plain);
}

function pathAs(path: string, as: 'string' | 'Buffer' | 'Uint8Array' | 'URL'): unknown {
  if (as === 'string') return path;
  if (as === 'URL') return pathToFileURL(path);
  const bytes = Buffer.from(path);
  return as === 'Buffer' ? bytes : new Uint8Array(bytes);
}

function viewOf(bytes: number, as: ViewName): unknown {
  const buffer = new ArrayBuffer(bytes);
  const view = new Uint8Array(buffer);
  for (let index = 0; index < bytes; index += 1) view[index] = (index * 31 + 7) & 0xff;
  if (as === 'Buffer') return Buffer.from(buffer);
  if (as === 'Uint16Array') return new Uint16Array(buffer, 0, bytes >> 1);
  if (as === 'DataView') return new DataView(buffer);
  return as === 'ArrayBuffer' ? buffer : view;
}

const NAMES = [
  ...['file', 'dir', 'empty', 'inner', 'to-file', 'to-dir', 'dangling', 'loop', 'hard', 'new'],
  ...['.', '..', '', '...', ' ', '\n', '\\', '%2F', '#', '?', '*', 'a:b', '~', '-rf'],
  ...['grüße', 'e\u0301', '\u00e9', '日本', '😀', '\u202e', '\ufeff', '\ud800', 'a\ud83d'],
  ...['n'.repeat(255), 'n'.repeat(256), '€'.repeat(85), '€'.repeat(86), 'a\0b', '\0'],
];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);

/** At most three go up: what is tried lies deeper. Slashes within generated names count as they come. */
const pathText = fc
  .tuple(
    fc.array(name, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '', '', '/', '//', '/.'),
  )
  .map(([names, end]) => names.join('/') + end)
  .filter((text) => text.split('/').filter((part) => part === '..').length <= 3);

const plain = (...values: readonly unknown[]): fc.Arbitrary<Value> =>
  fc.constantFrom(...values.map((value): Value => ({ plain: value })));
const odd: fc.Arbitrary<Value> = fc.constantFrom(
  ...(Object.keys(ODD) as OddName[]).map((each): Value => ({ odd: each })),
);
/** No numbers: those are descriptors of the process. */
const nothing = plain(null, true, 1.5, {});

/** Bytes that are no UTF-8 are `EILSEQ` to a volume and a name to a disk: those that are, only. */
const pathBytes = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => isUtf8(bytes) && !bytes.includes('..'))
  .map((bytes): Value => ({ pathHex: bytes.toString('hex') }));

export const path: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      path: pathText,
      as: fc.constantFrom('string', 'string', 'Buffer', 'Uint8Array', 'URL'),
    }) as fc.Arbitrary<Value>,
  },
  { weight: 1, arbitrary: pathBytes },
  { weight: 1, arbitrary: odd },
  { weight: 1, arbitrary: nothing },
);

/** Where a file, or nothing, is: what Node does to the destination of a copied directory differs. */
export const filePath: fc.Arbitrary<Value> = fc.constantFrom(
  ...[
    'file',
    'hard',
    'to-file',
    'dir/inner',
    'missing',
    'dangling',
    'loop',
    'file/x',
    'to-dir/inner',
  ].map((text): Value => ({ path: text, as: 'string' })),
);

/** Relative: what is read back in some encoding would show where the folder is. */
export const target: fc.Arbitrary<Value> = fc.oneof(
  plain('file', 'dir', '../file', '.', '..', 'new', '', 'a\0', 'x'.repeat(4095), 'x'.repeat(4096)),
  pathText.map((text): Value => ({ plain: text })),
  odd,
);

/** For what answers with a path of the disk: in others the folder could not be told. */
export const plainEncoding: fc.Arbitrary<Value> = plain(
  'utf8',
  'latin1',
  'buffer',
  null,
  'nope',
  3,
);

export const flags: fc.Arbitrary<Value> = fc.oneof(
  plain(
    'r',
    'r+',
    'rs',
    'rs+',
    'sr',
    'w',
    'wx',
    'xw',
    'w+',
    'wx+',
    'a',
    'ax',
    'a+',
    'ax+',
    'as',
    'sa+',
  ),
  plain('', 'R', 'rw', 'w ', '0', 'x', null, {}, true, []),
  plain(
    0,
    1,
    2,
    3,
    64,
    65,
    66,
    192,
    193,
    512,
    513,
    577,
    1024,
    1025,
    1090,
    65_536,

    131_072,
    131_137,
  ),
  plain(1.5, 2 ** 31, 2 ** 32, -(2 ** 31) - 1),
  odd,
);

/** Not from 2 ** 31 on: over those Node 20 aborts the process. */
export const mode: fc.Arbitrary<Value> = fc.oneof(
  plain(0, 0o600, 0o644, 0o755, 0o777, 0o1777, 0o4755, 0o7777, '644', '0755', '8', '', 'rw', '-1'),
  plain(-1, 2 ** 32, 1.5, null, true, {}),
  odd,
);

export const encoding: fc.Arbitrary<Value> = fc.oneof(
  plain(
    'utf8',
    'UTF-8',
    'latin1',
    'hex',
    'base64',
    'base64url',
    'ucs2',
    'utf16le',
    'ascii',
    'binary',
  ),
  plain('buffer', '', 'utf-9', 'none', null, 3, true, []),
  fc
    .record(
      {
        encoding: fc.constantFrom('utf8', 'hex', 'buffer', 'latin1', 'nope', null),
        flag: fc.constantFrom('r', 'w', 'a', 'wx', 'r+', 'q', undefined),
        withFileTypes: fc.constantFrom(true, false, undefined, 1),
        recursive: fc.constantFrom(false, undefined),
        bigint: fc.constantFrom(true, false, undefined),
        mode: fc.constantFrom(0o600, 'x', undefined),
      },
      { requiredKeys: [] },
    )
    .map((value): Value => ({ plain: value })),
  odd,
);

/**
 * For whole files. Two things are left out, over which the styles of Node differ from each other: what is told
 * first of a flag that cannot be read and an encoding that cannot be decoded to, and whether writing nothing
 * through a flag for reading is a write.
 */
export const contentEncoding = (...flags: readonly string[]): fc.Arbitrary<Value> =>
  fc.oneof(
    plain('utf8', 'latin1', 'hex', 'base64', 'ucs2', '', 'utf-9', null, 3, true, []),
    fc
      .record(
        {
          encoding: fc.constantFrom('utf8', 'hex', 'latin1', 'nope', null),
          flag: fc.constantFrom(...flags, 'q', undefined),
          mode: fc.constantFrom(0o600, 'x', undefined),
        },
        { requiredKeys: [] },
      )
      .map((value): Value => ({ plain: value })),
    odd,
  );

export const data: fc.Arbitrary<Value> = fc.oneof(
  plain('', 'text', 'grüße', 'ff00', '\ud800', 5, null, true, [], {}, ['a', 'b'], { toString: 1 }),
  bytes(),
  odd,
);

function bytes(): fc.Arbitrary<Value> {
  return fc.record({
    bytes: fc.constantFrom(0, 1, 2, 10, 512, 513, 5000, 70_000),
    as: fc.constantFrom('Buffer', 'Uint8Array', 'Uint16Array', 'DataView', 'ArrayBuffer'),
  }) as fc.Arbitrary<Value>;
}

export const view: fc.Arbitrary<Value> = fc.oneof({ weight: 6, arbitrary: bytes() }, data);

/** No fractions: over a length that is none Node 20 aborts the process. */
export const count: fc.Arbitrary<Value> = fc.oneof(
  plain(0, 1, 2, 3, 10, 100, 511, 512, 70_000, -1, -5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53),
  plain(null),
);

/** None between what a file may have and what no disk takes: those make files as long. */
export const position: fc.Arbitrary<Value> = fc.oneof(
  plain(0, 1, 3, 511, 65_535, 65_536, 70_000, -1, -2, null, '1', true, 1.5),
  fc.constantFrom<Value>({ bigint: '0' }, { bigint: '3' }, { bigint: '-1' }, { bigint: '-7' }),
  odd,
);

export const size: fc.Arbitrary<Value> = fc.oneof(
  plain(0, 1, 511, 513, 65_537, 100_000, -1, -(2 ** 40), 1.5, 2 ** 60, '5', null, true),
  odd,
);

export const time: fc.Arbitrary<Value> = fc.oneof(
  plain(0, 1, 1.5, -1, 1e9, '7', '7.25', 'x', '', null, true, {}),
  odd,
);
