/** Replies and notifications: the bytes that the kernel expects. */
import test from 'ava';
import {
  createPage,
  DirectoryReply,
  encodeBytes,
  encodeError,
  encodeNotification,
  encodeStruct,
  encodeStructs,
  type Page,
} from '#src/fuse/protocol/reply.js';
import * as structs from '#src/fuse/protocol/structs.js';
import { fields, text } from './messages.js';

function reply(page: Page, length: number): Buffer {
  return Buffer.from(page.buffer.subarray(0, length));
}

function header(len: number, error: number, unique: bigint): Buffer {
  const buffer = Buffer.alloc(16);
  buffer.writeUInt32LE(len, 0);
  buffer.writeInt32LE(error, 4);
  buffer.writeBigUInt64LE(unique, 8);
  return buffer;
}

/** A page with old bytes in it, all of which a reply must overwrite. */
function usedPage(): Page {
  const page = createPage(8192);
  page.buffer.fill(0xee);
  return page;
}

const ATTR = {
  ino: 12,
  size: 2 ** 41,
  blocks: 8,
  atime: -3,
  mtime: 1_700_000_000,
  ctime: 2 ** 33,
  atimensec: 1,
  mtimensec: 2,
  ctimensec: 999_999_999,
  mode: 0o100644,
  nlink: 2,
  uid: 4_294_967_294,
  gid: 5,
  rdev: 0x103,
  blksize: 65_536,
  flags: 0,
};

const ATTR_BYTES = fields(
  12n,
  1n << 41n,
  8n,
  -3n,
  1_700_000_000n,
  1n << 33n,
  1,
  2,
  999_999_999,
  0o100644,
  2,
  4_294_967_294,
  5,
  0x103,
  65_536,
  0,
);

const ENTRY = {
  ...ATTR,
  nodeid: 12,
  generation: 0,
  entryValid: 60,
  attrValid: 61,
  entryValidNsec: 0,
  attrValidNsec: 0,
};
const ENTRY_BYTES = Buffer.concat([fields(12n, 0n, 60n, 61n, 0, 0), ATTR_BYTES]);

/** Sizes in bytes that the kernel's header file gives its structs on every machine. */
const SIZES: readonly (readonly [string, { readonly sizeBytes: number }, number])[] = [
  ['IN_HEADER', structs.IN_HEADER, 40],
  ['OUT_HEADER', structs.OUT_HEADER, 16],
  ['ATTR', structs.ATTR, 88],
  ['ENTRY_OUT', structs.ENTRY_OUT, 128],
  ['ATTR_OUT', structs.ATTR_OUT, 104],
  ['STATFS_OUT', structs.STATFS_OUT, 80],
  ['LK_IN', structs.LK_IN, 48],
  ['LK_OUT', structs.LK_OUT, 24],
  ['INIT_IN', structs.INIT_IN, 64],
  ['INIT_OUT', structs.INIT_OUT, 64],
  ['SETATTR_IN', structs.SETATTR_IN, 88],
  ['OPEN_OUT', structs.OPEN_OUT, 16],
  ['READ_IN', structs.READ_IN, 40],
  ['WRITE_IN', structs.WRITE_IN, 40],
  ['FALLOCATE_IN', structs.FALLOCATE_IN, 32],
  ['COPY_FILE_RANGE_IN', structs.COPY_FILE_RANGE_IN, 56],
  ['STATX_IN', structs.STATX_IN, 24],
  ['STATX_OUT', structs.STATX_OUT, 288],
  ['DIRENT', structs.DIRENT, 24],
];

for (const [name, struct, sizeBytes] of SIZES) {
  test(`${name} is as long as the kernel's`, (t) => {
    t.is(struct.sizeBytes, sizeBytes);
  });
}

test('an error is the negative errno, and success a bare header', (t) => {
  const page = usedPage();
  t.deepEqual(reply(page, encodeError(page, 7, 2)), header(16, -2, 7n));
  t.deepEqual(reply(page, encodeError(page, 8, 0)), header(16, 0, 8n));
});

test('attributes, with times before 1970 and far ahead', (t) => {
  const page = usedPage();
  const length = encodeStruct(page, 9, structs.ATTR_OUT, {
    ...ATTR,
    attrValid: 60,
    attrValidNsec: 5,
  });
  t.deepEqual(
    reply(page, length),
    Buffer.concat([header(120, 0, 9n), fields(60n, 5, 0), ATTR_BYTES]),
  );
});

test('a created file: its entry, then its handle', (t) => {
  const page = usedPage();
  const length = encodeStructs(
    page,
    9,
    [structs.ENTRY_OUT, ENTRY],
    [structs.OPEN_OUT, { fh: 3, openFlags: 2 }],
  );
  t.deepEqual(
    reply(page, length),
    Buffer.concat([header(16 + 128 + 16, 0, 9n), ENTRY_BYTES, fields(3n, 2, 0)]),
  );
});

test('a lock to the end of the file ends at the last byte that the kernel knows', (t) => {
  for (const [end, bytes] of [
    [Number.MAX_SAFE_INTEGER, (1n << 63n) - 1n],
    [99, 99n],
  ] as const) {
    const page = usedPage();
    const length = encodeStruct(page, 5, structs.LK_OUT, { start: 7, end, type: 1, pid: 42 });
    t.deepEqual(
      page.buffer.subarray(0, length),
      Buffer.concat([header(40, 0, 5n), fields(7n, bytes, 1, 42)]),
    );
  }
});

test('bytes follow the header', (t) => {
  const page = usedPage();
  const length = encodeBytes(page, 9, Buffer.from('target'));
  t.deepEqual(reply(page, length), Buffer.concat([header(22, 0, 9n), Buffer.from('target')]));
});

test('entries of a directory are aligned, and end where there is no room', (t) => {
  const page = usedPage();
  const listing = new DirectoryReply(page, 72);
  t.true(listing.add(5, 1, 0o100644, Buffer.from('one')));
  t.true(listing.add(6, 2, 0o040755, Buffer.from('directory')));
  t.false(listing.add(7, 3, 0o100644, Buffer.from('x')), '72 bytes are full');
  t.deepEqual(
    reply(page, listing.finish(4)),
    Buffer.concat([
      header(16 + 32 + 40, 0, 4n),
      fields(5n, 1n, 3, 8),
      Buffer.from('one\0\0\0\0\0'),
      fields(6n, 2n, 9, 4),
      Buffer.from('directory\0\0\0\0\0\0\0'),
    ]).subarray(0, 16 + 72),
  );
});

test('entries with attributes', (t) => {
  const page = usedPage();
  const listing = new DirectoryReply(page, 4096);
  t.true(listing.add(12, 1, 0o100644, Buffer.from('a'), ENTRY));
  const length = listing.finish(4);
  t.is(length, 16 + 128 + 32);
  t.deepEqual(
    reply(page, length).subarray(16),
    Buffer.concat([ENTRY_BYTES, fields(12n, 1n, 1, 8), Buffer.from('a\0\0\0\0\0\0\0')]),
  );
});

test('a notification has no request: its code is where the error would be', (t) => {
  const page = usedPage();
  const length = encodeNotification(
    page,
    3,
    structs.NOTIFY_INVAL_ENTRY_OUT,
    { parent: 1, namelen: 4, flags: 0 },
    Buffer.from('name'),
  );
  t.deepEqual(
    reply(page, length),
    Buffer.concat([header(16 + 16 + 5, 3, 0n), fields(1n, 4, 0), text('name')]),
  );
});

test('a notification about a whole file has an offset of -1 where only attributes are meant', (t) => {
  const page = usedPage();
  const values = { ino: 9, off: -1, len: 0 };
  const length = encodeNotification(page, 2, structs.NOTIFY_INVAL_INODE_OUT, values);
  t.deepEqual(reply(page, length), Buffer.concat([header(40, 2, 0n), fields(9n, -1n, 0n)]));
});
