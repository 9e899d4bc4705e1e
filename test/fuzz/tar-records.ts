/** Records of archives with whatever fields, and damage to whole archives. */
import fc from 'fast-check';

const BLOCK_BYTES = 512;

// --- damage ----------------------------------------------------------------------------------------

export type Damage =
  | { readonly flip: number; readonly to: number; readonly sums: boolean }
  | { readonly cut: number }
  | { readonly drop: number }
  | { readonly double: number }
  | { readonly swap: readonly [number, number] };

/** A place as a share of the archive, so that one damage fits archives of any length. */
const share = fc.double({ min: 0, max: 1, noNaN: true });

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ flip: share, to: fc.nat(255), sums: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ cut: share }) },
    { weight: 1, arbitrary: fc.record({ drop: share }) },
    { weight: 1, arbitrary: fc.record({ double: share }) },
    { weight: 1, arbitrary: fc.record({ swap: fc.tuple(share, share) }) },
  ),
  { minLength: 1, maxLength: 6 },
);

export function damaged(archive: Buffer, list: readonly Damage[]): Buffer {
  let bytes: Buffer = Buffer.from(archive);
  for (const damage of list) bytes = damagedOnce(bytes, damage);
  return bytes;
}

function damagedOnce(bytes: Buffer, damage: Damage): Buffer {
  if ('cut' in damage) return bytes.subarray(0, Math.floor(damage.cut * bytes.length));
  if (bytes.length === 0) return bytes;
  const block = (at: number): number =>
    Math.floor((at * (bytes.length - 1)) / BLOCK_BYTES) * BLOCK_BYTES;
  const piece = (at: number): Buffer => bytes.subarray(at, at + BLOCK_BYTES);
  if ('flip' in damage) {
    // Most of an archive is content: what is turned lies near a header of its beginning.
    const at = Math.floor(damage.flip * Math.min(bytes.length, 12 * BLOCK_BYTES));
    if (at < bytes.length) bytes[at] = damage.to;
    const header = Math.floor(at / BLOCK_BYTES) * BLOCK_BYTES;
    if (damage.sums && header + BLOCK_BYTES <= bytes.length) writeChecksum(piece(header));
    return bytes;
  }
  if ('swap' in damage) {
    const [one, other] = damage.swap.map(block) as [number, number];
    const [first, second] = [Buffer.from(piece(one)), Buffer.from(piece(other))];
    bytes.set(second.subarray(0, bytes.length - one), one);
    bytes.set(first.subarray(0, bytes.length - other), other);
    return bytes;
  }
  const at = block('drop' in damage ? damage.drop : damage.double);
  const rest = 'drop' in damage ? at + BLOCK_BYTES : at;
  const through = 'drop' in damage ? at : at + BLOCK_BYTES;
  return Buffer.concat([bytes.subarray(0, through), bytes.subarray(rest)]);
}

export function writeChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

// --- records ---------------------------------------------------------------------------------------

export interface TarRecord {
  readonly name: string;
  readonly type: string;
  readonly link: string;
  readonly prefix: string;
  readonly magic: string;
  readonly numbers: Readonly<Record<NumberField, string>>;
  /** What the header says of the length; undefined: the truth. */
  readonly size: string | undefined;
  readonly content: string;
  readonly sums: boolean;
}

const NUMBER_FIELDS = {
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  mtime: [136, 12],
  major: [329, 8],
  minor: [337, 8],
} as const;

type NumberField = keyof typeof NUMBER_FIELDS;

const NAMES = [
  ...['a', 'b', 'a/b', 'dir/', 'dir/file', 'door/file', 'link', 'door', './a', 'a//b', 'a/./b'],
  ...['../precious/file', '/precious/file', 'dir/../../precious/new', '..', '.', '', '/', 'a/..'],
  ...['x'.repeat(100), 'grüße', '\xff\xfe', ' ', 'a\nb', 'precious/file', '././@LongLink'],
];
/** Octal, decimal, base 256, signs, nothing. */
const NUMBERS = [
  ...['0000644\0', '0', '', '7777777', '77777777777', '-1', '8', 'x', ' 12 ', '12 \0', '1e9'],
  ...['\x80\0\0\0\0\0\0\x05', '\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff'],
  ...[
    '\xff\xff\xff\xff\xff\xff\xff\xff',
    '\xc0\0\0\0\0\0\0\0\0\0\0\0',
    '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
  ],
];
const TYPES = [
  ...['0', '0', '0', '\0', '1', '1', '2', '2', '3', '4', '5', '5', '6', '7'],
  ...['x', 'x', 'x', 'g', 'L', 'L', 'K', 'S', 'D', 'M', 'N', 'V', 'A', '?'],
];
const PAX_KEYS = [
  ...['path', 'linkpath', 'size', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'uname', 'charset'],
  ...['SCHILY.xattr.user.x', 'SCHILY.xattr.', 'LIBARCHIVE.xattr.user.y', 'GNU.sparse.major'],
  ...[
    'GNU.sparse.minor',
    'GNU.sparse.realsize',
    'GNU.sparse.size',
    'GNU.sparse.map',
    'GNU.sparse.name',
  ],
  ...['GNU.sparse.numblocks', 'GNU.sparse.offset', 'GNU.sparse.numbytes', '', 'x', '\xff'],
];
const PAX_VALUES = [
  ...[
    '0',
    '1',
    '2',
    '5',
    '20',
    '-1',
    '1.5',
    '99999999999999999999',
    '1e400',
    'NaN',
    '',
    'a',
    '../precious/file',
  ],
  ...[
    '/precious/file',
    'door/file',
    '0,5',
    '0,5,10,5',
    '5,0,0,5',
    '0,9007199254740991',
    'x'.repeat(300),
    '\xff',
  ],
];

const paxRecord = fc
  .tuple(
    fc.constantFrom(...PAX_KEYS),
    fc.constantFrom(...PAX_VALUES),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([key, value, error]) => {
    const body = ` ${key}=${value}\n`;
    let length = body.length + 1;
    while (String(length).length + body.length !== length) {
      length = String(length).length + body.length;
    }
    // Most lengths are right: else nothing behind them would be looked at.
    return `${Math.abs(error) === 3 ? length + error : length}${body}`;
  });

const content = fc.oneof(
  fc.constantFrom('', 'x', 'y'.repeat(511), 'z'.repeat(512), 'w'.repeat(2000)),
  fc.array(paxRecord, { minLength: 1, maxLength: 5 }).map((list) => list.join('')),
  fc.constantFrom(...NAMES).map((name) => `${name}\0`),
  fc.constantFrom('1\n0\n5\n', '2\n0\n1\n9999999\n5\n', '99999999999\n', '-1\n', '1\nx\n'),
);

export const record: fc.Arbitrary<TarRecord> = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom(...TYPES),
  link: fc.constantFrom(...NAMES),
  prefix: fc.constantFrom('', '', '', 'dir', '..', '/', 'p'.repeat(155)),
  magic: fc.constantFrom('ustar\0' + '00', 'ustar  \0', '', 'nonsense'),
  numbers: fc.record({
    mode: fc.constantFrom(...NUMBERS),
    uid: fc.constantFrom(...NUMBERS),
    gid: fc.constantFrom(...NUMBERS),
    mtime: fc.constantFrom(...NUMBERS),
    major: fc.constantFrom(...NUMBERS),
    minor: fc.constantFrom(...NUMBERS),
  }),
  size: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...NUMBERS) },
  ),
  content,
  sums: fc.constantFrom(true, true, true, true, true, true, true, false),
});

/** Bytes of a record: header, content, padding. */
export function recordBytes(each: TarRecord): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const body = Buffer.from(each.content, 'latin1');
  header.write(each.name, 0, 100, 'latin1');
  for (const [field, [at, bytes]] of Object.entries(NUMBER_FIELDS)) {
    header.write(each.numbers[field as NumberField], at, bytes, 'latin1');
  }
  const size = each.size ?? body.length.toString(8).padStart(11, '0');
  header.write(size, 124, 12, 'latin1');
  header.write(each.type, 156, 1, 'latin1');
  header.write(each.link, 157, 100, 'latin1');
  header.write(each.magic, 257, 8, 'latin1');
  header.write(each.prefix, 345, 155, 'latin1');
  if (each.sums) writeChecksum(header);
  const padding = (BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([header, body, Buffer.alloc(padding)]);
}
