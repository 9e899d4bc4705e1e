/** The reader of the log, compared with what SQLite itself reads. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Connection, createDatabase, openConnection } from '#src/sqlite/connection.js';
import { checkpoint, walPath, walState } from '#src/sqlite/wal.js';
import { startOf, type WalDelta, WalFile, type WalHeader } from '#src/sqlite/wal-file.js';
import { withFolder } from '../support/temporary-volume.js';

const PAGE_BYTES = 4096;
const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + PAGE_BYTES;

function open(file: string): Connection {
  return openConnection(file, { role: 'writer', cacheBytes: 1_000_000, busyTimeoutMs: 1000 });
}

/** Runs `fn` with a database whose log has some commits in it. */
async function withLog(fn: (file: string, connection: Connection) => void): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.db');
    createDatabase(file, { pageSizeBytes: PAGE_BYTES });
    const connection = open(file);
    try {
      connection.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB)');
      fill(connection, 40);
      fn(file, connection);
    } finally {
      connection.close();
    }
  });
}

function fill(connection: Connection, rows: number): void {
  for (let row = 0; row < rows; row += 1) {
    connection.execute(`INSERT INTO t (bytes) VALUES (randomblob(${(row * 397) % 9000}))`);
  }
}

function openLog(file: string): { log: WalFile; header: WalHeader } {
  const log = WalFile.open(file);
  const header = log?.readHeader();
  if (log === undefined || header === undefined) throw new Error('there is no log');
  return { log, header };
}

/** The database that the file and the pages of a log come to. */
function apply(file: string, log: WalFile, { frames, databasePages }: WalDelta): Buffer {
  const pages = databasePages ?? 0;
  const bytes = Buffer.alloc(pages * PAGE_BYTES);
  readFileSync(file).copy(bytes);
  for (const [page, frame] of frames) {
    log.readPage(frame, bytes.subarray((page - 1) * PAGE_BYTES, page * PAGE_BYTES));
  }
  return bytes;
}

/** Applied to a copy of the file as it is, the log gives what SQLite makes of it by a checkpoint. */
function assertSameAsCheckpoint(t: ExecutionContext, file: string, connection: Connection): void {
  const { log, header } = openLog(file);
  const delta = log.scan(header, startOf(header), walState(connection).frames);
  // Read by nobody at this moment: the test's only connection holds no lock between statements.
  const applied = apply(file, log, delta);
  log.close();
  checkpoint(connection, 'passive');
  t.true(applied.equals(readFileSync(file)));
}

test.serial('the last image of every page is what a checkpoint writes', async (t) => {
  await withLog((file, connection) => {
    assertSameAsCheckpoint(t, file, connection);
    fill(connection, 30);
    connection.execute('DELETE FROM t WHERE id % 3 = 0');
    assertSameAsCheckpoint(t, file, connection);
  });
});

test.serial('pages beyond the end of a database that became shorter are left out', async (t) => {
  await withLog((file, connection) => {
    fill(connection, 200);
    connection.execute('DELETE FROM t WHERE id > 5');
    connection.execute('PRAGMA incremental_vacuum');
    const { log, header } = openLog(file);
    const { frames, databasePages } = log.scan(
      header,
      startOf(header),
      walState(connection).frames,
    );
    log.close();
    t.is(databasePages, Number(connection.pragma('page_count')));
    t.true(Math.max(...frames.keys()) <= (databasePages ?? 0));
    assertSameAsCheckpoint(t, file, connection);
  });
});

test.serial('two parts of a log come to the same as the whole', async (t) => {
  await withLog((file, connection) => {
    const middle = walState(connection).frames;
    const { log, header } = openLog(file);
    const first = log.scan(header, startOf(header), middle);
    fill(connection, 20);
    const end = walState(connection).frames;
    const whole = log.scan(header, startOf(header), end);
    const second = log.scan(header, first.end, end);
    t.deepEqual(new Map([...first.frames, ...second.frames]), new Map(whole.frames));
    t.deepEqual(second.end, whole.end);
    t.is(second.databasePages, whole.databasePages);
    t.deepEqual(log.positionAt(header, end), whole.end);
    const nothing = log.scan(header, second.end, end);
    t.is(nothing.databasePages, undefined);
    t.deepEqual(nothing.end, second.end);
    log.close();
  });
});

test.serial('a place is found again in the same log, and in no other', async (t) => {
  await withLog((file, connection) => {
    const { log, header } = openLog(file);
    const { end } = log.scan(header, startOf(header), walState(connection).frames);
    fill(connection, 5);
    t.true(log.holds(end));
    t.false(log.holds({ ...end, checksum: [end.checksum[0], end.checksum[1] + 1] }));
    t.false(log.holds({ ...end, frame: 1_000_000 }));
    checkpoint(connection, 'restart');
    t.true(log.holds(end), 'nothing was written to it yet');
    fill(connection, 5);
    t.false(log.holds(end));
    log.close();
  });
});

test.serial('frames that are not committed, or torn, are never taken for whole', async (t) => {
  await withLog((file, connection) => {
    const before = walState(connection).frames;
    fill(connection, 1);
    const { frames } = walState(connection);
    const path = walPath(file);
    const whole = readFileSync(path);
    const copy = join(file, '..', 'copy');
    for (const cut of [1, 20, 25, 24 + PAGE_BYTES - 1]) {
      writeFileSync(walPath(copy), whole);
      truncateSync(walPath(copy), HEADER_BYTES + frames * FRAME_BYTES - cut);
      const { log, header } = openLog(copy);
      t.throws(() => log.scan(header, startOf(header), frames), { code: 'ERR_IO' });
      t.notThrows(() => log.scan(header, startOf(header), before));
      log.close();
    }
    // A byte of each region of a frame: number, size, salts, checksum, page.
    for (const offset of [2, 6, 9, 13, 17, 21, 30, 24 + PAGE_BYTES - 1]) {
      const damaged = Buffer.from(whole);
      const at = HEADER_BYTES + 3 * FRAME_BYTES + offset;
      damaged[at] = (damaged[at] as number) ^ 1;
      writeFileSync(walPath(copy), damaged);
      const { log, header } = openLog(copy);
      t.throws(() => log.scan(header, startOf(header), frames), { message: /^Frame 4 / });
      log.close();
    }
  });
});

test.serial('a log that does not end with a commit is refused', async (t) => {
  await withLog((file, connection) => {
    const before = walState(connection).frames;
    // More pages than one, so that the first frame of the commit is none of its own.
    connection.execute('INSERT INTO t (bytes) VALUES (randomblob(30000))');
    const { log, header } = openLog(file);
    t.throws(() => log.scan(header, startOf(header), before + 1), { code: 'ERR_IO' });
    log.close();
  });
});

test.serial('what is no head of a log is none', async (t) => {
  await withLog((file) => {
    const copy = join(file, '..', 'copy');
    const whole = readFileSync(walPath(file));
    const read = (bytes: Buffer): unknown => {
      writeFileSync(walPath(copy), bytes);
      const log = WalFile.open(copy);
      const header = log?.readHeader();
      log?.close();
      return header;
    };
    t.truthy(read(whole));
    t.is(read(Buffer.alloc(0)), undefined);
    t.is(read(whole.subarray(0, HEADER_BYTES - 1)), undefined);
    for (const offset of [0, 3, 5, 9, 17, 21, 25, 31]) {
      const damaged = Buffer.from(whole);
      damaged[offset] = (damaged[offset] as number) ^ 4;
      t.is(read(damaged), undefined, `byte ${offset}`);
    }
    t.is(WalFile.open(join(file, '..', 'nothing')), undefined);
  });
});

/** The same log as a machine with the other byte order would have written it. */
function inBigEndian(log: Buffer, frames: number): Buffer {
  const bytes = Buffer.from(log.subarray(0, HEADER_BYTES + frames * FRAME_BYTES));
  let sum: [number, number] = [0, 0];
  const add = (from: number, length: number): void => {
    for (let at = from; at < from + length; at += 8) {
      const first = (sum[0] + bytes.readInt32BE(at) + sum[1]) | 0;
      sum = [first, (sum[1] + bytes.readInt32BE(at + 4) + first) | 0];
    }
  };
  const write = (at: number): void => {
    bytes.writeInt32BE(sum[0], at);
    bytes.writeInt32BE(sum[1], at + 4);
  };
  bytes.writeUInt32BE(0x377f0683, 0);
  add(0, 24);
  write(24);
  for (let frame = 0; frame < frames; frame += 1) {
    const at = HEADER_BYTES + frame * FRAME_BYTES;
    add(at, 8);
    add(at + 24, PAGE_BYTES);
    write(at + 16);
  }
  return bytes;
}

test.serial('a log in the other byte order is read as SQLite reads it', async (t) => {
  await withLog((file, connection) => {
    const { frames } = walState(connection);
    const copy = join(file, '..', 'copy');
    copyFileSync(file, copy);
    writeFileSync(walPath(copy), inBigEndian(readFileSync(walPath(file)), frames));
    const here = openLog(file);
    const there = openLog(copy);
    t.true(there.header.isBigEndian);
    t.false(here.header.isBigEndian);
    const expected = here.log.scan(here.header, startOf(here.header), frames);
    const found = there.log.scan(there.header, startOf(there.header), frames);
    t.deepEqual(new Map(found.frames), new Map(expected.frames));
    t.is(found.databasePages, expected.databasePages);
    const applied = apply(copy, there.log, found);
    here.log.close();
    there.log.close();
    // SQLite accepts it, so the test has made what a machine of that order would have.
    const other = open(copy);
    t.is(walState(other).frames, frames);
    const count = 'SELECT count(*), sum(length(bytes)) FROM t';
    t.deepEqual(other.statement(count).get(), connection.statement(count).get());
    checkpoint(other, 'passive');
    t.true(applied.equals(readFileSync(copy)));
    other.close();
  });
});
