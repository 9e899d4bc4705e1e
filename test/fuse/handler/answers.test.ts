/** What the handler makes of single requests that a kernel sends only now and then. */
import { constants } from 'node:os';
import test from 'ava';
import { limitReports, REPORT_EVERY_MS } from '#src/fuse/error-reports.js';
import type { VolumeAccess } from '#src/fuse/volume-access.js';
import { until } from '../../support/until.js';
import { fields, message, text } from '../protocol/messages.js';
import { type Stage, withStage } from './stage.js';

const {
  EEXIST,
  EFBIG,
  EILSEQ,
  EINVAL,
  EIO,
  ENAMETOOLONG,
  ENOENT,
  ENOSYS,
  ENOTDIR,
  ENXIO,
  ERANGE,
  ESTALE,
} = constants.errno;
const { EOPNOTSUPP } = constants.errno;

/** O_CREAT and O_EXCL. */
const O_EXCL = 0o300;
const O_APPEND = 0o2000;

function create({ ask }: Stage, name: string, flags = 2) {
  return ask(message({ opcode: 35, uid: 0 }, fields(flags, 0o644, 0, 0), text(name)));
}

/** Number of the inode in a reply that begins with an entry. */
function nodeOf(reply: { readonly body: Buffer }): bigint {
  return reply.body.readBigUInt64LE(0);
}

function getattr({ ask }: Stage, nodeid: bigint) {
  return ask(message({ opcode: 3, nodeid }, fields(0, 0, 0n)));
}

function write({ ask }: Stage, nodeid: bigint, at: bigint, data: string, flags = 2, bits = 0) {
  const bytes = Buffer.from(data);
  const struct = fields(1n, at, bytes.length, bits, 0n, flags, 0);
  return ask(message({ opcode: 16, nodeid }, struct, bytes));
}

test('an inode that is gone is ESTALE to every request, and never another one', (t) =>
  withStage(t, { writeBehind: false }, async (stage) => {
    const gone = nodeOf(create(stage, 'gone'));
    stage.ask(message({ opcode: 18, nodeid: gone }, fields(1n, 0, 0, 0n)));
    await stage.volume.fs.promises.unlink('/gone');
    await stage.volume.fs.promises.writeFile('/gone', 'another');
    const asked = [
      message({ opcode: 3, nodeid: gone }, fields(0, 0, 0n)),
      message({ opcode: 5, nodeid: gone }),
      message({ opcode: 14, nodeid: gone }, fields(0, 0)),
      message({ opcode: 15, nodeid: gone }, fields(1n, 0n, 100, 0, 0n, 0, 0)),
      message({ opcode: 16, nodeid: gone }, fields(1n, 0n, 1, 0, 0n, 0, 0), Buffer.from('x')),
      message(
        { opcode: 4, nodeid: gone },
        fields(1, 0, ...[0n, 0n, 0n, 0n, 0n, 0n], ...Array<number>(8).fill(0)),
      ),
      message({ opcode: 23, nodeid: gone }, fields(0, 0)),
      message({ opcode: 27, nodeid: gone }, fields(0, 0)),
      message({ opcode: 34, nodeid: gone }, fields(0, 0)),
      message({ opcode: 46, nodeid: gone }, fields(1n, 0n, 3, 0)),
      message({ opcode: 1, nodeid: gone }, text('x')),
      message({ opcode: 9, nodeid: gone }, fields(0o755, 0), text('x')),
      message({ opcode: 10, nodeid: gone }, text('x')),
      message({ opcode: 13, nodeid: 1n }, fields(gone), text('x')),
    ];
    t.deepEqual(
      asked.map((bytes) => [bytes.readUInt32LE(4), stage.ask(bytes).errno]),
      asked.map((bytes) => [bytes.readUInt32LE(4), ESTALE]),
    );
    t.deepEqual(await stage.volume.fs.promises.readdir('/'), ['gone']);
  }));

test('an open file outlives its name, until it is closed', (t) =>
  withStage(t, {}, async (stage) => {
    const made = create(stage, 'open');
    const node = nodeOf(made);
    const fh = made.body.readBigUInt64LE(128);
    write(stage, node, 0n, 'kept');
    await stage.volume.fs.promises.unlink('/open');
    const read = () =>
      stage.ask(message({ opcode: 15, nodeid: node }, fields(fh, 0n, 10, 0, 0n, 0, 0)));
    t.is(read().body.toString(), 'kept');
    t.is(getattr(stage, node).body.readUInt32LE(16 + 64), 0, 'nlink');
    t.is(stage.ask(message({ opcode: 18, nodeid: node }, fields(fh, 0, 0, 0n))).errno, 0);
    await until('the inode is gone', () => getattr(stage, node).errno === ESTALE);
  }));

test('CREATE of a name that is taken: EEXIST if it must be new, else the kernel looks again', (t) =>
  withStage(t, {}, (stage) => {
    create(stage, 'a');
    t.is(create(stage, 'a').errno, ESTALE);
    t.is(create(stage, 'a', O_EXCL).errno, EEXIST);
  }));

test('names', (t) =>
  withStage(t, {}, (stage) => {
    const bad = text(Buffer.from([0xff]));
    const lookup = (name: Buffer) => stage.ask(message({ opcode: 1 }, name));
    t.is(lookup(text('x'.repeat(256))).errno, ENAMETOOLONG);
    t.is(lookup(text('x'.repeat(1023))).errno, ENAMETOOLONG);
    t.is(lookup(bad).errno, ENOENT);
    // A name that is missing is known to be missing: an entry without an inode.
    t.is(nodeOf(lookup(text('missing'))), 0n);
    const node = nodeOf(create(stage, 'f'));
    t.is(stage.ask(message({ opcode: 1, nodeid: node }, text('x'))).errno, ENOTDIR);
    t.is(stage.ask(message({ opcode: 9 }, fields(0o755, 0), bad)).errno, EILSEQ);
    t.is(stage.ask(message({ opcode: 6 }, text('l'), bad)).errno, EILSEQ);
    t.is(stage.ask(message({ opcode: 12 }, fields(1n), text('f'), bad)).errno, EILSEQ);
    t.is(stage.ask(message({ opcode: 12 }, fields(1n), bad, text('g'))).errno, ENOENT);
    t.is(stage.ask(message({ opcode: 10 }, bad)).errno, ENOENT);
  }));

test('writes up to the largest size, and past it', (t) =>
  withStage(t, {}, async (stage) => {
    const node = nodeOf(create(stage, 'f'));
    const end = 2n ** 44n - 4096n;
    t.is(write(stage, node, end - 2n, 'abcd').body.readUInt32LE(0), 2);
    t.is(write(stage, node, end, 'x').errno, EFBIG);
    t.is(write(stage, node, 2n ** 63n - 1n, 'x').errno, EFBIG);
    t.is((await stage.volume.fs.promises.stat('/f')).size, Number(end));
  }));

test('an appended write goes to the end, wherever the kernel took it to be', (t) =>
  withStage(t, { writeBehind: false }, async (stage) => {
    const node = nodeOf(create(stage, 'f'));
    await stage.volume.fs.promises.writeFile('/f', 'by the library');
    write(stage, node, 0n, ' and the mount', O_APPEND | 1);
    t.is(await stage.volume.fs.promises.readFile('/f', 'utf8'), 'by the library and the mount');
    await until('the kernel is told', () => stage.desk.length > 0);
    t.deepEqual(stage.desk, [{ type: 'stale', ino: Number(node) }] as never);
    // From the page cache it has its place.
    write(stage, node, 0n, 'BY', O_APPEND | 1, 1);
    t.is((await stage.volume.fs.promises.readFile('/f', 'utf8')).slice(0, 2), 'BY');
  }));

test('a write by somebody without rights takes set-id bits and capabilities away', (t) =>
  withStage(t, {}, async (stage) => {
    const { volume } = stage;
    const node = nodeOf(create(stage, 'f'));
    await volume.fs.promises.chmod('/f', 0o6755);
    await volume.setXattr('/f', 'security.capability', 'x');
    write(stage, node, 0n, 'x');
    t.is((await volume.fs.promises.stat('/f')).mode & 0o7777, 0o6755);
    write(stage, node, 0n, 'x', 2, 4);
    t.is((await volume.fs.promises.stat('/f')).mode & 0o7777, 0o755);
    t.deepEqual(await volume.listXattr('/f'), []);
  }));

test('SEEK_DATA and SEEK_HOLE', (t) =>
  withStage(t, {}, (stage) => {
    const node = nodeOf(create(stage, 'f'));
    write(stage, node, 200_000n, 'data');
    const seek = (at: bigint, whence: number) =>
      stage.ask(message({ opcode: 46, nodeid: node }, fields(1n, at, whence, 0)));
    t.is(seek(0n, 3).body.readBigUInt64LE(0), 196_608n);
    t.is(seek(0n, 4).body.readBigUInt64LE(0), 0n);
    t.is(seek(200_001n, 4).body.readBigUInt64LE(0), 200_004n);
    t.is(seek(200_004n, 3).errno, ENXIO);
    t.is(seek(0n, 0).errno, EINVAL);
  }));

test('attributes of the system are refused, sizes are answered, small buffers are ERANGE', (t) =>
  withStage(t, {}, async (stage) => {
    const node = nodeOf(create(stage, 'f'));
    const set = (name: string, flags = 0) =>
      stage.ask(
        message({ opcode: 21, nodeid: node }, fields(5, flags), text(name), Buffer.from('value')),
      );
    const get = (name: string, size: number) =>
      stage.ask(message({ opcode: 22, nodeid: node }, fields(size, 0), text(name)));
    t.is(set('system.posix_acl_access').errno, EOPNOTSUPP);
    t.is(get('system.posix_acl_access', 0).errno, EOPNOTSUPP);
    t.is(set('user.').errno, EINVAL);
    t.is(set('user.a', 8).errno, EINVAL);
    t.is(set('user.a').errno, 0);
    t.is(get('user.a', 0).body.readUInt32LE(0), 5);
    t.is(get('user.a', 4).errno, ERANGE);
    t.is(get('user.a', 5).body.toString(), 'value');
    // What the library has set there is not shown.
    await stage.volume.setXattr('/f', 'system.hidden', 'x');
    const list = stage.ask(message({ opcode: 23, nodeid: node }, fields(100, 0)));
    t.is(list.body.toString(), 'user.a\0');
  }));

test('statfs counts the files', (t) =>
  withStage(t, {}, async (stage) => {
    await stage.volume.fs.promises.mkdir('/a/b', { recursive: true });
    const { body } = stage.ask(message({ opcode: 17 }));
    const [files, free] = [body.readBigUInt64LE(24), body.readBigUInt64LE(32)];
    t.is(files - free, 3n);
    t.is(body.readUInt32LE(44), 255);
  }));

test('STATX is not offered where times of birth are not wanted', (t) =>
  withStage(t, { birthTimes: false }, ({ ask }) => {
    const { errno } = ask(message({ opcode: 52, nodeid: 1n }, fields(0, 0, 0n, 0, 0xfff)));
    t.is(errno, constants.errno.ENOSYS);
  }));

test('STATX says what GETATTR does, and the time of birth', (t) =>
  withStage(t, {}, async ({ ask, volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/f', 'text', { mode: 0o640 });
    await promises.utimes('/f', 1000, new Date(-2500));
    const { ino, birthtimeNs, ctimeNs } = await promises.stat('/f', { bigint: true });
    const { body } = ask(message({ opcode: 52, nodeid: ino }, fields(0, 0, 0n, 0, 0xfff)));
    t.is(body.readUInt32LE(32), 0xfff, 'mask');
    t.is(body.readUInt32LE(48), 1, 'nlink');
    t.is(body.readUInt16LE(60), 0o100640, 'mode');
    t.deepEqual(
      [64, 72].map((at) => body.readBigUInt64LE(at)),
      [ino, 4n],
    );
    const times = [96, 112, 128, 144].map(
      (at) => body.readBigInt64LE(at) * 1_000_000_000n + BigInt(body.readUInt32LE(at + 8)),
    );
    t.deepEqual(times, [1_000_000_000_000n, birthtimeNs, ctimeNs, -2_500_000_000n]);
    // 300 is more than eight bits, which the number of a device keeps together.
    const made = ask(message({ opcode: 8 }, fields(0o020600, 0x0010_072c, 0, 0), text('n')));
    const device = ask(
      message({ opcode: 52, nodeid: made.body.readBigUInt64LE(0) }, fields(0, 0, 0n, 0, 0xfff)),
    );
    t.deepEqual(
      [160, 164].map((at) => device.body.readUInt32LE(at)),
      [7, 300],
    );
    t.is(ask(message({ opcode: 52, nodeid: 999n }, fields(0, 0, 0n, 0, 0xfff))).errno, ESTALE);
  }));

test('listing a directory is an access to it, opening it is none', (t) =>
  withStage(t, {}, async (stage) => {
    const { promises } = stage.volume.fs;
    await promises.mkdir('/d');
    await promises.utimes('/d', 1000, 2000);
    const nodeid = BigInt((await promises.stat('/d')).ino);
    const accessed = (): bigint => getattr(stage, nodeid).body.readBigInt64LE(16 + 24);
    stage.ask(message({ opcode: 27, nodeid }, fields(0, 0)));
    t.is(accessed(), 1000n);
    stage.ask(message({ opcode: 28, nodeid }, fields(0n, 0n, 4096, 0, 0n, 0, 0)));
    t.true(accessed() > 1000n);
  }));

test('what is told of a file whose access time is moving has the new one', (t) =>
  withStage(t, { cacheMs: 60_000 }, async (stage) => {
    const { promises } = stage.volume.fs;
    await promises.writeFile('/f', 'text');
    await promises.utimes('/f', 1000, 2000);
    const nodeid = BigInt((await promises.stat('/f')).ino);
    const lookup = (): Buffer => stage.ask(message({ opcode: 1 }, text('f'))).body;
    t.is(lookup().readBigInt64LE(40 + 24), 1000n);
    stage.ask(message({ opcode: 15, nodeid }, fields(9n, 0n, 10, 0, 0n, 0, 0)));
    const after = lookup();
    t.true(after.readBigInt64LE(40 + 24) > 2000n);
    t.is(after.readBigUInt64LE(24), 60n, 'it may be kept');
  }));

test('reading moves the access time once, and with noatime never', async (t) => {
  for (const accessTimes of ['relatime', 'noatime'] as const) {
    await withStage(t, { accessTimes }, async (stage) => {
      const { promises } = stage.volume.fs;
      await promises.writeFile('/f', 'text');
      await promises.utimes('/f', 1000, 2000);
      const { ino } = await promises.stat('/f');
      const version = await stage.volume.version('/f');
      const read = message({ opcode: 15, nodeid: BigInt(ino) }, fields(9n, 0n, 10, 0, 0n, 0, 0));
      t.is(stage.ask(read).body.toString(), 'text');
      const first = getattr(stage, BigInt(ino)).body.readBigInt64LE(16 + 24);
      t.is(first === 1000n, accessTimes === 'noatime');
      stage.ask(read);
      t.is(getattr(stage, BigInt(ino)).body.readBigInt64LE(16 + 24), first);
      t.is(await stage.volume.version('/f'), version, 'reading is no change');
    });
  }
});

test('an error without an errno is EIO to the caller and told; the next request is answered', (t) => {
  const broken = new Error('something that nobody thought of');
  let fails = false;
  const wrap = (access: VolumeAccess): VolumeAccess => {
    return new Proxy(access, {
      get(target, name) {
        if (fails && name === 'find') throw broken;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return withStage(t, { wrap }, (stage) => {
    fails = true;
    t.is(getattr(stage, 1n).errno, EIO);
    t.deepEqual(stage.errors, [broken]);
    fails = false;
    t.is(getattr(stage, 1n).errno, 0);
  });
});

test('unknown requests are ENOSYS, flags that nobody knows EINVAL', (t) =>
  withStage(t, {}, (stage) => {
    t.is(stage.ask(message({ opcode: 39 }, fields(0n))).errno, ENOSYS);
    t.is(stage.ask(message({ opcode: 51 }, fields(0n))).errno, ENOSYS);
    t.is(stage.ask(message({ opcode: 45 }, fields(1n, 4, 0), text('a', 'b'))).errno, EINVAL);
    t.is(stage.ask(message({ opcode: 45 }, fields(1n, 3, 0), text('a', 'b'))).errno, EINVAL);
    const fallocate = (mode: number) =>
      stage.ask(message({ opcode: 43, nodeid: 1n }, fields(1n, 0n, 10n, mode, 0))).errno;
    t.is(fallocate(2), EOPNOTSUPP);
    t.is(fallocate(3 | 16), EOPNOTSUPP);
    t.is(fallocate(8), EOPNOTSUPP);
  }));

test('the same error is told once in a while, with how often it came', (t) => {
  let nowMs = 0;
  const told: unknown[] = [];
  const report = limitReports(
    (error, request, repeated) => {
      told.push([(error as Error).message, request, repeated]);
    },
    () => nowMs,
  );
  for (let index = 0; index < 5; index += 1) report(new Error('a'), 'read');
  report(new Error('a'), 'write');
  report('b', 'read' as never);
  nowMs += REPORT_EVERY_MS;
  report(new Error('a'), 'read');
  t.deepEqual(told.slice(0, 2), [
    ['a', 'read', 0],
    ['a', 'write', 0],
  ]);
  t.deepEqual(told.at(-1), ['a', 'read', 4]);
});
