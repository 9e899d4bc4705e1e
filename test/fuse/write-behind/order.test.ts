/** What a mount has taken comes before everything that is asked of the writer after it, and is seen by all. */
import test from 'ava';
import type { Ino } from '#src/core/ino.js';
import { startThread } from '../../support/thread.js';
import { until } from '../../support/until.js';
import { type Stage, withStage } from '../handler/stage.js';
import { fields, message } from '../protocol/messages.js';

const ATTACHED = new URL('../../threads/attached-thread.js', import.meta.url);
const O_APPEND = 0o2000;
const EFBIG = 27;
const PIECES = 64;

async function makeFile({ volume }: Stage, content = ''): Promise<bigint> {
  await volume.fs.promises.writeFile('/f', content);
  return BigInt((await volume.fs.promises.stat('/f')).ino);
}

function write({ ask }: Stage, nodeid: bigint, at: bigint, data: string, flags = 2): number {
  const body = Buffer.from(data);
  return ask(message({ opcode: 16, nodeid }, fields(1n, at, body.length, 0, 0n, flags, 0), body))
    .errno;
}

function flush({ ask }: Stage, nodeid: bigint): number {
  return ask(message({ opcode: 25, nodeid }, fields(1n, 0, 0, 0n))).errno;
}

function sync({ ask }: Stage, nodeid: bigint, fh: bigint): number {
  return ask(message({ opcode: 20, nodeid }, fields(fh, 0, 0))).errno;
}

function sizeOf({ ask }: Stage, nodeid: bigint): bigint {
  return ask(message({ opcode: 3, nodeid }, fields(0, 0, 0n))).body.readBigUInt64LE(16 + 8);
}

test('many writes share a commit; each way to look at the file sees them', (t) =>
  withStage(t, {}, async (stage) => {
    const { volume, session } = stage;
    const node = await makeFile(stage);
    const ino = Number(node) as Ino;
    const looks: readonly (() => Promise<number> | number)[] = [
      () => Number(sizeOf(stage, node)),
      () => volume.fs.statSync('/f').size,
      async () => (await volume.fs.promises.stat('/f')).size,
      async () => (await volume.fs.promises.readFile('/f')).length,
      () => volume.fs.readFileSync('/f').length,
      async () => (await volume.fs.promises.readdir('/')).length * volume.fs.statSync('/f').size,
    ];
    let size = 0;
    for (const look of looks) {
      const version = await volume.version('/f');
      for (let piece = 0; piece < PIECES; piece += 1) {
        t.is(write(stage, node, BigInt(size), 'x'.repeat(100)), 0);
        size += 100;
      }
      t.true(session.volume.isPending(ino));
      t.is(await look(), size);
      t.false(session.volume.isPending(ino));
      t.is(await volume.version('/f'), version + 1, 'all in one');
    }
  }));

test('a thread that has the volume attached sees what the mount has taken', (t) =>
  withStage(t, {}, async (stage) => {
    const node = await makeFile(stage);
    const handle = stage.volume.connect();
    const thread = startThread(ATTACHED, {
      workerData: { volume: handle },
      transferList: handle.transferList,
    });
    write(stage, node, 0n, 'taken');
    t.is(await thread.ask('read', '/f'), 'taken');
    t.is(await thread.end(), 0);
  }));

test('commands of the library come after what was taken before them', (t) =>
  withStage(t, {}, async (stage) => {
    const node = await makeFile(stage, '..........');
    const { promises } = stage.volume.fs;
    write(stage, node, 0n, 'mount');
    const handle = await promises.open('/f', 'r+');
    await handle.write('LIB', 0);
    write(stage, node, 2n, 'M');
    t.is(await promises.readFile('/f', 'utf8'), 'LIMnt.....');
    write(stage, node, 0n, 'gone');
    await promises.writeFile('/f', 'new');
    t.is(await promises.readFile('/f', 'utf8'), 'new');
    write(stage, node, 3n, 'er');
    await promises.truncate('/f', 4);
    t.is(await promises.readFile('/f', 'utf8'), 'newe');
    await handle.close();
  }));

test('what cannot be written is told when the file is closed or synced', (t) =>
  withStage(t, {}, async (stage) => {
    const node = await makeFile(stage, 'sound');
    const { session, volume } = stage;
    const tooFar = {
      ino: Number(node) as Ino,
      offset: 2 ** 52,
      isAppend: false,
      asStranger: false,
      data: Buffer.from('x'),
    };
    session.volume.writeBehind(tooFar);
    t.deepEqual([flush(stage, node), flush(stage, node)], [EFBIG, EFBIG], 'by each descriptor');
    t.deepEqual([sync(stage, node, 1n), sync(stage, node, 1n)], [EFBIG, 0], 'by a sync once');
    t.is(flush(stage, node), 0);
    session.volume.writeBehind(tooFar);
    t.deepEqual([sync(stage, node, 1n), sync(stage, node, 2n)], [EFBIG, EFBIG], 'to each opening');
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'sound');
    t.regex(await volume.metrics.metrics(), /^cabinetfs_mount_failed_writes_total 2$/m);
  }));

test('an append that ends elsewhere than the mount thought has its witness told', (t) =>
  withStage(t, {}, async (stage) => {
    const { volume, session } = stage;
    const node = await makeFile(stage);
    const writer = volume.internals.writer as NonNullable<typeof volume.internals.writer>;
    const told: unknown[] = [];
    writer.changes.onWitness = (changes, seq) => {
      told.push(...changes.map(({ type }) => type));
      writer.postControl({ type: 'seen', seq }, () => undefined);
    };
    session.remembered.note(Number(node) as Ino, 1);
    const board = session.remembered.buffer;
    writer.controlSync({ type: 'witness', group: 'test', board });
    write(stage, node, 0n, 'as expected', O_APPEND | 1);
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'as expected');
    t.deepEqual(told, []);
    write(stage, node, 5n, ', and elsewhere', O_APPEND | 1);
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'as expected, and elsewhere');
    await until('the witness is told', () => told.length > 0);
    t.deepEqual(told, ['content']);
  }));

test('with writeBehind: false, and while other processes write, each write is a commit', (t) =>
  withStage(t, { writeBehind: false }, async (stage) => {
    const node = await makeFile(stage);
    write(stage, node, 0n, 'x');
    t.false(stage.session.volume.isPending(Number(node) as Ino));
  }).then(() =>
    withStage(t, {}, async (stage) => {
      const node = await makeFile(stage);
      stage.session.remembered.hasOthers = true;
      write(stage, node, 0n, 'x');
      t.false(stage.session.volume.isPending(Number(node) as Ino));
    }),
  ));

test('a barrier, a backup and closing bring in what was taken', (t) =>
  withStage(t, {}, async (stage) => {
    const { volume, session } = stage;
    const node = await makeFile(stage);
    const ino = Number(node) as Ino;
    write(stage, node, 0n, 'one');
    await volume.sync();
    t.false(session.volume.isPending(ino));
    write(stage, node, 3n, ' two');
    await volume.backup(`${volume.path}.copy`);
    t.false(session.volume.isPending(ino));
  }));
