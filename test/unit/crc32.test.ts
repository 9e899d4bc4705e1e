/** Checksums of bytes of which a part was replaced. */
import { crc32 } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { patchedCrc32 } from '#src/core/crc32.js';

test('is the checksum of the bytes as they are then', (t) => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 5000 });
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(), fc.nat(255), (whole, at, length, mask) => {
      const from = at % whole.length;
      const to = Math.min(whole.length, from + (length % 200));
      const changed = whole.map((byte, index) =>
        index >= from && index < to ? byte ^ mask : byte,
      );
      const patched = patchedCrc32(
        crc32(whole),
        crc32(whole.subarray(from, to)),
        crc32(changed.subarray(from, to)),
        whole.length - to,
      );
      t.is(patched, crc32(changed) | 0);
    }),
  );
});

test('however many bytes follow', (t) => {
  for (const bytesBehind of [0, 1, 65_535, 65_536, 1_048_572, 20_000_001]) {
    const whole = Buffer.alloc(bytesBehind + 4, 7);
    const before = crc32(whole);
    whole.writeUInt32LE(0xdeadbeef, 0);
    const part = Buffer.alloc(4, 7);
    t.is(
      patchedCrc32(before, crc32(part), crc32(whole.subarray(0, 4)), bytesBehind),
      crc32(whole) | 0,
    );
  }
});
