/** What the last commit changed is told from shared memory, and nothing that is older than it. */
import test from 'ava';
import fc from 'fast-check';
import type { BlobId, Ino } from '#src/core/ino.js';
import type { VolumeAccess } from '#src/fuse/volume-access.js';
import type { Inode } from '#src/store/inode-table.js';
import { LatestInodes } from '#src/store/latest-inodes.js';
import { fields, message, text } from '../protocol/messages.js';
import { type Stage, withStage } from './stage.js';

const INODE = fc.record({
  ino: fc.nat().map((number) => (number + 1) as Ino),
  mode: fc.nat(0o177777),
  nlink: fc.nat(),
  uid: fc.nat(),
  gid: fc.nat(),
  rdev: fc.nat(),
  size: fc.maxSafeNat(),
  atimeSec: fc.integer(),
  atimeNsec: fc.nat(999_999_999),
  mtimeSec: fc.integer(),
  mtimeNsec: fc.nat(999_999_999),
  ctimeSec: fc.integer(),
  ctimeNsec: fc.nat(999_999_999),
  btimeSec: fc.integer(),
  btimeNsec: fc.nat(999_999_999),
  version: fc.maxSafeNat(),
  parent: fc.option(fc.nat().map((number) => number as Ino)),
  chunks: fc.nat(),
  head: fc.option(fc.nat().map((number) => number as BlobId)),
  inlineBytes: fc.nat(512),
});

test('an inode comes back as it was', (t) => {
  const latest = new LatestInodes();
  const reader = new LatestInodes(latest.buffer);
  fc.assert(
    fc.property(fc.uniqueArray(INODE, { maxLength: 4, selector: ({ ino }) => ino }), (inodes) => {
      latest.begin();
      latest.end(inodes);
      for (const inode of inodes) t.deepEqual(reader.get(inode.ino), inode);
    }),
  );
});

test('while a commit is under way, and after one that tells of others, there is none', (t) => {
  const latest = new LatestInodes();
  const [inode] = fc.sample(INODE, 1) as [Inode];
  latest.begin();
  latest.end([inode]);
  t.not(latest.get(inode.ino), undefined);
  latest.begin();
  t.is(latest.get(inode.ino), undefined);
  latest.end([]);
  t.is(latest.get(inode.ino), undefined);
});

/** Counts what is read of the database. */
function counted(reads: string[]): (access: VolumeAccess) => VolumeAccess {
  return (access) =>
    new Proxy(access, {
      get(target, name) {
        if (name === 'find' || name === 'read') reads.push(name);
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
}

function create({ ask }: Stage, name: string) {
  return ask(message({ opcode: 35 }, fields(2, 0o644, 0, 0), text(name)));
}

/** Size and number of links that GETATTR tells. */
function attributesOf({ ask }: Stage, nodeid: bigint): readonly [size: bigint, nlink: number] {
  const { body } = ask(message({ opcode: 3, nodeid }, fields(0, 0, 0n)));
  return [body.readBigUInt64LE(16 + 8), body.readUInt32LE(16 + 64)];
}

test('what a mount has made, and the directory of it, need not be read', (t) => {
  const reads: string[] = [];
  return withStage(t, { wrap: counted(reads) }, async (stage) => {
    const made = stage.ask(message({ opcode: 9 }, fields(0o755, 0), text('directory')));
    const node = made.body.readBigUInt64LE(0);
    t.deepEqual(attributesOf(stage, 1n), [0n, 3]);
    t.deepEqual(attributesOf(stage, node), [0n, 2]);
    t.deepEqual(reads, []);
    create(stage, 'file');
    t.deepEqual(reads, []);
    t.deepEqual(attributesOf(stage, node), [0n, 2]);
    t.deepEqual(reads, ['find'], 'the last commit was another');
  });
});

test('what others have changed meanwhile is seen', (t) =>
  withStage(t, {}, async (stage) => {
    const { promises } = stage.volume.fs;
    const file = create(stage, 'file').body.readBigUInt64LE(0);
    await promises.writeFile('/file', 'four');
    t.deepEqual(attributesOf(stage, file), [4n, 1]);
    await promises.mkdir('/directory');
    t.deepEqual(attributesOf(stage, 1n), [0n, 3]);
    stage.ask(message({ opcode: 9 }, fields(0o755, 0), text('second')));
    await promises.rmdir('/directory');
    t.deepEqual(attributesOf(stage, 1n), [0n, 3]);
    await promises.link('/file', '/again');
    t.deepEqual(attributesOf(stage, file), [4n, 2]);
  }));

test('nothing is told any more when another process has been there', (t) => {
  const latest = new LatestInodes();
  const [inode] = fc.sample(INODE, 1) as [Inode];
  latest.begin();
  latest.end([inode]);
  const { state } = latest;
  latest.expire();
  t.is(latest.get(inode.ino), undefined);
  t.not(latest.state, state);
  latest.begin();
  t.is(latest.state, undefined);
  latest.expire();
  latest.end([inode]);
  t.is(latest.get(inode.ino), undefined, 'it came during the commit');
  latest.begin();
  latest.end([inode]);
  t.deepEqual(latest.get(inode.ino), inode);
});

test('a failed change tells of nothing that did not happen', (t) =>
  withStage(t, {}, (stage) => {
    const file = create(stage, 'file').body.readBigUInt64LE(0);
    t.not(create(stage, 'file').errno, 0);
    t.not(stage.ask(message({ opcode: 11 }, text('file'))).errno, 0, 'it is no directory');
    t.deepEqual(attributesOf(stage, 1n), [0n, 2]);
    t.deepEqual(attributesOf(stage, file), [0n, 1]);
  }));

test('what is remembered for no time is always read', (t) => {
  const reads: string[] = [];
  return withStage(t, { cacheMs: 0, wrap: counted(reads) }, (stage) => {
    create(stage, 'file');
    t.not(reads.length, 0);
  });
});

/** Names in a reply to READDIR, with the position behind each. */
function namesIn(body: Buffer): readonly (readonly [name: string, position: bigint])[] {
  const names: [string, bigint][] = [];
  for (let at = 0; at < body.length; ) {
    const bytes = body.readUInt32LE(at + 16);
    names.push([body.toString('utf8', at + 24, at + 24 + bytes), body.readBigUInt64LE(at + 8)]);
    at += Math.ceil((24 + bytes) / 8) * 8;
  }
  return names;
}

function list({ ask }: Stage, offset: bigint) {
  return namesIn(ask(message({ opcode: 28 }, fields(0n, offset, 4096, 0, 0n, 0, 0))).body);
}

test('the end of a listing need not be read, unless something has changed', (t) => {
  const reads: string[] = [];
  return withStage(t, { wrap: counted(reads), accessTimes: 'noatime' }, async (stage) => {
    t.is(list(stage, 0n).length, 2, 'before anything has changed');
    create(stage, 'a');
    create(stage, 'b');
    const listed = list(stage, 0n);
    t.deepEqual(
      listed.map(([name]) => name),
      ['.', '..', 'a', 'b'],
    );
    const end = listed.at(-1)?.[1] as bigint;
    reads.length = 0;
    t.deepEqual(list(stage, end), []);
    t.deepEqual(reads, []);
    stage.volume.internals.inodes.expire();
    t.deepEqual(list(stage, end), []);
    t.not(reads.length, 0, 'another process has been there');
    await stage.volume.fs.promises.writeFile('/c', '');
    t.deepEqual(
      list(stage, end).map(([name]) => name),
      ['c'],
    );
  });
});
