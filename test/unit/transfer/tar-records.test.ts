/** Pax records, times and device numbers: what is written is what is read. */
import test from 'ava';
import fc from 'fast-check';
import { secondsOf } from '#src/transfer/exact-times.js';
import { isZero, storedParts } from '#src/transfer/holes.js';
import { joinDevice, splitDevice } from '#src/transfer/special-files.js';
import { decodePax, encodePax, formatTime, parseTime } from '#src/transfer/tar/pax.js';

test('records of any bytes come back', (t) => {
  const key = fc.stringMatching(/^[a-zA-Z.]{1,20}$/);
  const records = fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 200 })), { maxLength: 5 });
  fc.assert(
    fc.property(records, (list) => {
      const back = decodePax(encodePax(list));
      t.deepEqual(
        back.map(([name, value]) => [name, [...value]]),
        list.map(([name, value]) => [name, [...value]]),
      );
    }),
  );
});

test('records whose length changes its own number of digits', (t) => {
  for (let length = 80; length < 120; length += 1) {
    const [record] = decodePax(encodePax([['k', 'v'.repeat(length)]]));
    t.is(record?.[1].length, length);
  }
});

test('malformed records are refused', (t) => {
  for (const text of ['5 a=b\n', 'x', '999 a=b\n', '7 abcde\n', '0 a=b\n', '-6 a=b\n']) {
    t.throws(() => decodePax(Buffer.from(text)), { code: 'ERR_ARCHIVE_INVALID' }, text);
  }
});

test('times come back to the nanosecond, before 1970 too', (t) => {
  const time = fc.record({
    sec: fc.integer({ min: -9_000_000_000, max: 9_000_000_000 }),
    nsec: fc.integer({ min: 0, max: 999_999_999 }),
  });
  fc.assert(
    fc.property(time, (each) => {
      t.deepEqual(parseTime(formatTime(each)), each);
    }),
  );
  t.is(parseTime('noon'), undefined);
  t.deepEqual(parseTime('-1.25'), { sec: -2, nsec: 750_000_000 });
});

test('Node is given a number that it cuts to the right microsecond', (t) => {
  const time = fc.record({
    sec: fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }),
    nsec: fc.integer({ min: 0, max: 999_999_999 }),
  });
  fc.assert(
    fc.property(time, ({ sec, nsec }) => {
      const given = Number(secondsOf({ sec, nsec }));
      // What libuv does.
      let whole = Math.trunc(given);
      let ns = Math.trunc((given - whole) * 1e9);
      ns -= ns % 1000;
      if (ns < 0) {
        ns += 1e9;
        whole -= 1;
      }
      t.deepEqual([whole, ns], [sec, nsec - (nsec % 1000)]);
    }),
  );
});

test('device numbers come back', (t) => {
  const device = fc.record({
    major: fc.integer({ min: 0, max: 4095 }),
    minor: fc.integer({ min: 0, max: 1_048_575 }),
  });
  fc.assert(
    fc.property(device, (each) => {
      t.deepEqual(splitDevice(joinDevice(each)), each);
    }),
  );
  t.is(joinDevice({ major: 5, minor: 1 }), 0x501);
});

test('holes are found in whole grains', (t) => {
  const piece = Buffer.alloc(50);
  piece[12] = 1;
  piece[35] = 1;
  piece[49] = 1;
  t.deepEqual(
    [...storedParts(piece, 10)],
    [
      { start: 10, end: 20 },
      { start: 30, end: 50 },
    ],
  );
  t.deepEqual([...storedParts(Buffer.alloc(200_000), 65_536)], []);
  t.true(isZero(Buffer.alloc(200_000)));
  const last = Buffer.alloc(200_000);
  last[199_999] = 1;
  t.false(isZero(last));
});
