/** Requests of the kernel: decoded as its header file defines them, and refused when they are not whole. */
import test from 'ava';
import fc from 'fast-check';
import { OPCODES } from '#src/fuse/protocol/opcodes.js';
import {
  decodeRequest,
  isMalformed,
  type Malformed,
  type Request,
} from '#src/fuse/protocol/request.js';
import { fields, message, text } from './messages.js';

function decode(bytes: Buffer): Request | Malformed {
  // A buffer that is bigger than the request, as the one that is read into, with old bytes behind it.
  const buffer = Buffer.alloc(bytes.length + 64, 0xee);
  bytes.copy(buffer);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return decodeRequest(buffer, view, bytes.length);
}

interface Case {
  readonly title: string;
  readonly bytes: Buffer;
  readonly expected: Record<string, unknown>;
}

const CASES: readonly Case[] = [
  {
    title: 'LOOKUP of a name',
    bytes: message({ opcode: 1, nodeid: 42n, unique: 9n }, text('grüße.txt')),
    expected: {
      name: 'lookup',
      unique: 9,
      nodeid: 42,
      caller: { uid: 1000, gid: 100, pid: 4321 },
      names: ['grüße.txt'],
    },
  },
  {
    title: 'LOOKUP of a name that is not UTF-8',
    bytes: message({ opcode: 1 }, text(Buffer.from([0x66, 0xff, 0x66]))),
    expected: { names: [undefined] },
  },
  {
    title: 'LOOKUP of a name that holds the replacement character itself',
    bytes: message({ opcode: 1 }, text('a\uFFFDb')),
    expected: { names: ['a\uFFFDb'] },
  },
  {
    title: 'FORGET',
    bytes: message({ opcode: 2 }, fields(3n)),
    expected: { name: 'forget', args: { nlookup: 3 } },
  },
  {
    title: 'GETATTR through a handle',
    bytes: message({ opcode: 3 }, fields(1, 0, 12n)),
    expected: { name: 'getattr', args: { getattrFlags: 1, fh: 12 } },
  },
  {
    title: 'SETATTR of times before 1970',
    bytes: message(
      { opcode: 4 },
      fields(0x30, 0, 5n, 0n, 0n, -2n, -1n, 0n, 500_000_000, 1, 0, 0o644, 0, 1, 2, 0),
    ),
    expected: {
      name: 'setattr',
      args: {
        valid: 0x30,
        fh: 5,
        size: 0,
        lockOwner: 0,
        atime: -2,
        mtime: -1,
        ctime: 0,
        atimensec: 500_000_000,
        mtimensec: 1,
        ctimensec: 0,
        mode: 0o644,
        uid: 1,
        gid: 2,
      },
    },
  },
  {
    title: 'SYMLINK: the name, then the target',
    bytes: message({ opcode: 6 }, text('link', '../target')),
    expected: { name: 'symlink', names: ['link', '../target'] },
  },
  {
    title: 'MKNOD',
    bytes: message({ opcode: 8 }, fields(0o20600, 0x103, 0o22, 0), text('null')),
    expected: {
      name: 'mknod',
      args: { mode: 0o20600, rdev: 0x103, umask: 0o22 },
      names: ['null'],
    },
  },
  {
    title: 'RENAME2',
    bytes: message({ opcode: 45, nodeid: 2n }, fields(3n, 1, 0), text('old', 'new')),
    expected: { name: 'rename2', nodeid: 2, args: { newdir: 3, flags: 1 }, names: ['old', 'new'] },
  },
  {
    title: 'READ',
    bytes: message({ opcode: 15 }, fields(1n, 1n << 40n, 131_072, 2, 77n, 0o100000, 0)),
    expected: {
      name: 'read',
      args: {
        fh: 1,
        offset: 2 ** 40,
        size: 131_072,
        readFlags: 2,
        lockOwner: 77,
        flags: 0o100000,
      },
    },
  },
  {
    title: 'WRITE with its bytes',
    bytes: message({ opcode: 16 }, fields(1n, 4096n, 5, 1, 0n, 1, 0), Buffer.from('bytes')),
    expected: { name: 'write', args: { offset: 4096, size: 5 }, bytes: Buffer.from('bytes') },
  },
  {
    title: 'SETXATTR: a name, then the value',
    bytes: message({ opcode: 21 }, fields(3, 1), text('user.a'), Buffer.from([1, 0, 2])),
    expected: {
      name: 'setxattr',
      args: { size: 3, flags: 1 },
      names: ['user.a'],
      bytes: Buffer.from([1, 0, 2]),
    },
  },
  {
    title: 'BATCH_FORGET',
    bytes: message({ opcode: 42, nodeid: 0n }, fields(2, 0, 5n, 1n, 6n, 2n)),
    expected: {
      name: 'batchForget',
      forgets: [
        { nodeid: 5, nlookup: 1 },
        { nodeid: 6, nlookup: 2 },
      ],
    },
  },
  {
    title: 'SETLK of a range without end',
    // Owners use all bits: as halves they stay apart.
    bytes: message(
      { opcode: 32 },
      fields(1n, 0xfedc_ba98_7654_3211n, 10n, (1n << 63n) - 1n, 1, 99, 0, 0),
    ),
    expected: {
      name: 'setlk',
      args: {
        fh: 1,
        ownerA: 0x7654_3211,
        ownerB: 0xfedc_ba98,
        start: 10,
        end: Number.MAX_SAFE_INTEGER,
        type: 1,
        pid: 99,
        lkFlags: 0,
      },
    },
  },
  {
    title: 'COPY_FILE_RANGE',
    bytes: message({ opcode: 47 }, fields(1n, 2n, 3n, 4n, 5n, 6n, 0n)),
    expected: {
      name: 'copyFileRange',
      args: { fhIn: 1, offIn: 2, nodeidOut: 3, fhOut: 4, offOut: 5, len: 6, flags: 0 },
    },
  },
  {
    title: 'INIT of today',
    bytes: message({ opcode: 26 }, fields(7, 41, 131_072, 0x7fff_ffff, 3), Buffer.alloc(44)),
    expected: {
      name: 'init',
      args: { major: 7, minor: 41, maxReadahead: 131_072, flags: 0x7fff_ffff, flags2: 3 },
    },
  },
  {
    title: 'INIT of an older kernel, which is shorter',
    bytes: message({ opcode: 26 }, fields(7, 31, 65_536, 0xff)),
    expected: {
      name: 'init',
      args: { major: 7, minor: 31, maxReadahead: 65_536, flags: 0xff, flags2: 0 },
    },
  },
  {
    title: 'a request with extensions at its end',
    bytes: message({ opcode: 1, totalExtlen: 1 }, text('name'), Buffer.alloc(8, 1)),
    expected: { name: 'lookup', names: ['name'] },
  },
];

for (const { title, bytes, expected } of CASES) {
  test(`${title} is decoded`, (t) => {
    t.like(decode(bytes), expected);
  });

  test(`${title} is refused when it is cut off anywhere`, (t) => {
    for (let length = 0; length < bytes.length; length += 1) {
      const decoded = decode(bytes.subarray(0, length));
      t.true(isMalformed(decoded), `${length} of ${bytes.length} bytes`);
    }
  });

  test(`${title} is refused when it says that it is shorter than it is, or ends too early`, (t) => {
    for (let length = 40; length < bytes.length; length += 1) {
      const shorter = Buffer.from(bytes.subarray(0, length));
      shorter.writeUInt32LE(length, 0);
      const decoded = decode(shorter);
      // What is missing may be zero bytes of nothing, as after the short INIT.
      if (!isMalformed(decoded)) t.is(decoded.name, 'init');
      const longer = Buffer.from(bytes);
      longer.writeUInt32LE(length, 0);
      t.like(decode(longer), { malformed: 'longer than it says' });
    }
  });
}

test('an unknown request is told with its number, so that it can be answered', (t) => {
  const decoded = decode(message({ opcode: 4096, unique: 77n }));
  t.deepEqual(decoded, { malformed: 'unknown', unique: 77, opcode: 4096 });
});

test('every opcode is decoded to its name', (t) => {
  for (const [name, { number, struct, tail }] of Object.entries(OPCODES)) {
    const body = Buffer.alloc(struct?.sizeBytes ?? 0);
    const names = tail === 'name' || tail === 'value' ? text('a') : text('a', 'b');
    const decoded = decode(message({ opcode: number }, body, tail === 'nothing' ? text() : names));
    t.false(isMalformed(decoded), name);
    t.is((decoded as Request).name, name as Request['name']);
  }
});

test('whatever the bytes are, the answer is a request that is whole, or what is wrong with it', (t) => {
  const opcode = fc.oneof(
    fc.constantFrom(...Object.values(OPCODES).map(({ number }) => number)),
    fc.nat(5000),
  );
  fc.assert(
    fc.property(opcode, fc.uint8Array({ maxLength: 300 }), fc.nat(3), (number, body, extlen) => {
      const bytes = message({ opcode: number, totalExtlen: extlen }, Buffer.from(body));
      const decoded = decode(bytes);
      if (isMalformed(decoded)) return decoded.unique === 7;
      const { names, bytes: data } = decoded;
      return (
        data.length <= body.length &&
        names.every((name) => name === undefined || !name.includes('\0')) &&
        Object.values(decoded.args).every((value) => Number.isSafeInteger(value) || value < 0)
      );
    }),
    { numRuns: 5000 },
  );
  t.pass();
});
