import * as fs from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { toBigIntStatFs, toStatFs } from '#src/fs/statfs.js';
import {
  blocksOf,
  type StatFields,
  Stats,
  toBigIntStats,
  toStats,
  type VolumeFacts,
} from '#src/fs/stats.js';
import { temporaryFolder } from './oracle.js';

const KINDS = [
  'isBlockDevice',
  'isCharacterDevice',
  'isDirectory',
  'isFIFO',
  'isFile',
  'isSocket',
  'isSymbolicLink',
] as const;

const NS_PER_SEC = 1_000_000_000n;

function split(ns: bigint): [sec: number, nsec: number] {
  const nsec = ((ns % NS_PER_SEC) + NS_PER_SEC) % NS_PER_SEC;
  return [Number((ns - nsec) / NS_PER_SEC), Number(nsec)];
}

/** The fields of a file on disk. */
function fieldsOf(path: string): StatFields {
  const stats = fs.lstatSync(path, { bigint: true });
  const [atimeSec, atimeNsec] = split(stats.atimeNs);
  const [mtimeSec, mtimeNsec] = split(stats.mtimeNs);
  const [ctimeSec, ctimeNsec] = split(stats.ctimeNs);
  const [btimeSec, btimeNsec] = split(stats.birthtimeNs);
  const { ino, mode, nlink, uid, gid, rdev, size } = fs.lstatSync(path);
  const times = { atimeSec, atimeNsec, mtimeSec, mtimeNsec, ctimeSec, ctimeNsec };
  const chunks = size === 0 ? 0 : 1;
  const rest = { ino, mode, nlink, uid, gid, rdev, size, chunks, inlineBytes: 0 };
  return { ...rest, ...times, btimeSec, btimeNsec };
}

function factsOf(path: string): VolumeFacts {
  const { dev, blksize } = fs.lstatSync(path);
  return { dev, chunkSizeBytes: blksize };
}

/** What differs by the way files are stored, taken out of a printed result. */
function withoutBlocks(stats: object): string {
  return inspect(stats).replace(/blocks: \d+/u, 'blocks: ?');
}

function fileWithTimes(folder: string, time: number | string): string {
  const path = join(folder, `at ${time}`);
  fs.writeFileSync(path, 'content');
  fs.utimesSync(path, time, time);
  return path;
}

test('results print as those of node:fs for the same file, in both forms', (t) => {
  const folder = temporaryFolder(t);
  const times = [0, 1.5, 1_700_000_000.123_456, 1_700_000_000.9995, '-1.5', '-0.0005'];
  const paths = times.map((time) => fileWithTimes(folder, time));
  for (const path of [...paths, folder, '/dev/null', '/proc/self']) {
    const fields = fieldsOf(path);
    const facts = factsOf(path);
    t.is(withoutBlocks(toStats(fields, facts)), withoutBlocks(fs.lstatSync(path)));
    const exact = fs.lstatSync(path, { bigint: true });
    t.is(withoutBlocks(toBigIntStats(fields, facts)), withoutBlocks(exact));
  }
});

test('own properties, class names and instanceof are those of node:fs', (t) => {
  const folder = temporaryFolder(t);
  const ours = toStats(fieldsOf(folder), factsOf(folder));
  const theirs = fs.statSync(folder);
  t.deepEqual(Object.keys(ours), Object.keys(theirs));
  t.is(JSON.stringify(Object.keys({ ...ours })), JSON.stringify(Object.keys({ ...theirs })));
  t.true(ours instanceof fs.Stats);
  t.true(ours instanceof Stats);
  t.is(ours.constructor.name, 'Stats');
  const exact = toBigIntStats(fieldsOf(folder), factsOf(folder));
  const theirExact = fs.statSync(folder, { bigint: true });
  t.deepEqual(Object.keys(exact), Object.keys(theirExact));
  t.is(exact instanceof fs.Stats, theirExact instanceof fs.Stats);
  t.is(exact.constructor.name, 'BigIntStats');
});

test('each file type answers to its own method only', (t) => {
  const fields = fieldsOf(temporaryFolder(t));
  const facts = { dev: 1, chunkSizeBytes: 4096 };
  const types = {
    isBlockDevice: 0o060000,
    isCharacterDevice: 0o020000,
    isDirectory: 0o040000,
    isFIFO: 0o010000,
    isFile: 0o100000,
    isSocket: 0o140000,
    isSymbolicLink: 0o120000,
  };
  for (const [name, type] of Object.entries(types)) {
    const inode = { ...fields, mode: type | 0o4755 };
    for (const stats of [toStats(inode, facts), toBigIntStats(inode, facts)]) {
      for (const kind of KINDS) t.is(stats[kind](), kind === name, `${name} ${kind}`);
    }
  }
});

test('blocks count what is stored: inline bytes and chunks, not holes', (t) => {
  const fields = fieldsOf('/dev/null');
  const chunkSizeBytes = 4096;
  const blocks = (size: number, chunks: number, inlineBytes = 0): number =>
    blocksOf({ ...fields, mode: 0o100644, size, chunks, inlineBytes }, chunkSizeBytes);
  t.is(blocks(0, 0), 0);
  t.is(blocks(1, 0, 1), 1);
  t.is(blocks(512, 0, 512), 1);
  t.is(blocks(513, 1), 2);
  t.is(blocks(4096, 1), 8);
  t.is(blocks(4097, 2), 9);
  t.is(blocks(1_000_000, 0), 0, 'all a hole');
  t.is(blocks(1_000_000, 1), 8, 'one chunk and holes');
  t.is(blocksOf({ ...fields, mode: 0o040755, size: 100 }, chunkSizeBytes), 0);
});

test('blksize is the chunk size, up to 64 KiB', (t) => {
  const fields = fieldsOf('/dev/null');
  t.is(toStats(fields, { dev: 1, chunkSizeBytes: 4096 }).blksize, 4096);
  t.is(toStats(fields, { dev: 1, chunkSizeBytes: 1_048_576 }).blksize, 65_536);
  t.is(toBigIntStats(fields, { dev: 1, chunkSizeBytes: 1_048_576 }).blksize, 65_536n);
});

test('statfs results print as those of node:fs', (t) => {
  const theirs = fs.statfsSync('/');
  t.is(inspect(toStatFs(theirs)), inspect(theirs));
  const exact = Object.fromEntries(
    Object.entries(theirs).map(([name, value]) => [name, BigInt(value as number)]),
  );
  t.deepEqual({ ...toBigIntStatFs(theirs) }, exact as never);
  t.deepEqual(Object.keys(toBigIntStatFs(theirs)), Object.keys(theirs));
});
