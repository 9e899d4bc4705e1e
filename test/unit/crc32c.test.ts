/** CRC-32C, natively and by tables, and of bytes of which a part was replaced. */
import { createRequire } from 'node:module';
import test from 'ava';
import fc from 'fast-check';
import { crc32c } from '#src/core/crc32c/crc32c.js';
import { patchedCrc32c } from '#src/core/crc32c/patched.js';
import { crc32cByTables } from '#src/core/crc32c/tables.js';

/** RFC 3720, appendix B.4, and the check value of the catalogues of CRCs. */
const KNOWN: readonly (readonly [bytes: Uint8Array, sum: number])[] = [
  [Buffer.from('123456789'), 0xe3069283],
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  [Buffer.alloc(0), 0],
];

test('has the values of the standard, as signed integers', (t) => {
  for (const [bytes, sum] of KNOWN) {
    t.is(crc32c(bytes), sum | 0);
    t.is(crc32cByTables(bytes), sum | 0);
  }
});

test('the binary is there where this runs, and the tables give the same', (t) => {
  t.notThrows(() => createRequire(import.meta.url)('@node-rs/crc32'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), (bytes, from) => {
      const part = bytes.subarray(from);
      t.is(crc32cByTables(part), crc32c(part));
    }),
  );
});

test('takes bytes of shared memory', (t) => {
  const shared = new Uint8Array(new SharedArrayBuffer(70_000), 13, 65_536).fill(7);
  t.is(crc32c(shared), crc32c(new Uint8Array(shared)));
});

test('what is no bytes equals no checksum', (t) => {
  for (const value of ['text', 5, null, undefined]) t.is(crc32c(value), Number.NaN);
});

test('is the checksum of the bytes as they are then', (t) => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 5000 });
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(), fc.nat(255), (whole, at, length, mask) => {
      const from = at % whole.length;
      const to = Math.min(whole.length, from + (length % 200));
      const changed = whole.map((byte, index) =>
        index >= from && index < to ? byte ^ mask : byte,
      );
      const patched = patchedCrc32c(
        crc32c(whole),
        crc32c(whole.subarray(from, to)),
        crc32c(changed.subarray(from, to)),
        whole.length - to,
      );
      t.is(patched, crc32c(changed) | 0);
    }),
  );
});

test('however many bytes follow', (t) => {
  for (const bytesBehind of [0, 1, 65_535, 65_536, 1_048_572, 600_000_001]) {
    const whole = Buffer.alloc(bytesBehind + 4, 7);
    const before = crc32c(whole);
    whole.writeUInt32LE(0xdeadbeef, 0);
    const part = Buffer.alloc(4, 7);
    t.is(
      patchedCrc32c(before, crc32c(part), crc32c(whole.subarray(0, 4)), bytesBehind),
      crc32c(whole) | 0,
    );
  }
});
