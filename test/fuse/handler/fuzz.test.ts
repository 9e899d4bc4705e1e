/**
 * Random requests, whole, damaged and cut off: each gets an answer that a kernel would take, or none
 * where there is none; the directory is what was asked for; and the volume is sound afterwards (which
 * `withVolume` checks). CABINETFS_FUZZ_SEED repeats a run, CABINETFS_FUZZ_REQUESTS makes it longer.
 */
import { constants } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { OPCODES, type RequestName } from '#src/fuse/protocol/opcodes.js';
import { between, createRandom, pick, type Random, seedFrom } from '../../support/random.js';
import { fields, message, text } from '../protocol/messages.js';
import { type Reply, type Stage, withStage } from './stage.js';

const REQUESTS = Number(process.env.CABINETFS_FUZZ_REQUESTS ?? 6000);

const ATTR_BYTES = 88;
const ENTRY_BYTES = 40 + ATTR_BYTES;

/** Length of what follows the header of a reply that is no error; undefined: any. */
const BODY_BYTES: Readonly<Record<RequestName, number | undefined>> = {
  lookup: ENTRY_BYTES,
  forget: undefined,
  getattr: 16 + ATTR_BYTES,
  setattr: 16 + ATTR_BYTES,
  readlink: undefined,
  symlink: ENTRY_BYTES,
  mknod: ENTRY_BYTES,
  mkdir: ENTRY_BYTES,
  unlink: 0,
  rmdir: 0,
  rename: 0,
  link: ENTRY_BYTES,
  open: 16,
  read: undefined,
  write: 8,
  statfs: 80,
  release: 0,
  fsync: 0,
  setxattr: 0,
  getxattr: undefined,
  listxattr: undefined,
  removexattr: 0,
  flush: 0,
  init: 64,
  opendir: 16,
  readdir: undefined,
  releasedir: 0,
  fsyncdir: 0,
  getlk: 24,
  setlk: 0,
  setlkw: 0,
  access: 0,
  create: ENTRY_BYTES + 16,
  interrupt: undefined,
  destroy: 0,
  batchForget: undefined,
  fallocate: 0,
  readdirplus: undefined,
  rename2: 0,
  lseek: 8,
  copyFileRange: 8,
  syncfs: 0,
  statx: 288,
};

/** Requests that nobody answers, or not at once. */
const SILENT: readonly RequestName[] = ['forget', 'batchForget', 'interrupt', 'setlkw'];
const NAMES = Object.keys(OPCODES) as RequestName[];
const ERRNOS: ReadonlySet<number> = new Set(Object.values(constants.errno));

const TEXTS: readonly (string | Buffer)[] = [
  ...['a', 'b', 'c', 'd', 'e', 'user.x', 'grüße'],
  ...['', '.', '..', 'a/b', 'x'.repeat(255), 'y'.repeat(256), 'z'.repeat(1000)],
  Buffer.from([0xff, 0xfe, 0x41]),
];

const NUMBERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 511n, 512n, 4096n, 65_536n, 100_000n],
  ...[2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 44n - 4096n, 2n ** 44n, 2n ** 53n, 2n ** 63n - 1n],
  2n ** 64n - 1n,
];

/** Modes of files and flags of calls, which the numbers above would hardly hit. */
const BITS: readonly number[] = [0o100644, 0o040755, 0o010600, 0o120777, 0o102_001, 3, 2, 1, 0x41];

function number32(random: Random): number {
  if (random() < 0.2) return pick(random, BITS);
  return Number(BigInt.asUintN(32, pick(random, NUMBERS)));
}

/** Mostly a small number: of an inode that may be there, or of a handle. */
function number64(random: Random): bigint {
  return random() < 0.7 ? BigInt(between(random, 0, 40)) : pick(random, NUMBERS);
}

/** The struct of a request as random halves, the kernel's padding too. */
function randomStruct(random: Random, sizeBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < sizeBytes; ) {
    const isWide = sizeBytes - at >= 8 && random() < 0.6;
    parts.push(fields(isWide ? number64(random) : number32(random)));
    at += isWide ? 8 : 4;
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

function setSize(struct: Buffer, name: RequestName, bytes: number): Buffer {
  const offset = name === 'write' ? 16 : 0;
  struct.writeUInt32LE(bytes, offset);
  return struct;
}

/** A request that is whole, whatever it asks for. */
function randomRequest(random: Random, name: RequestName, unique: bigint): Buffer {
  const { number, struct, tail } = OPCODES[name];
  const known = struct as { sizeBytes: number } | undefined;
  const body = randomStruct(random, known?.sizeBytes ?? 0);
  const header = {
    opcode: number,
    unique,
    nodeid: number64(random),
    uid: pick(random, [0, 1000, 4_294_967_295]),
  };
  const name1 = text(pick(random, TEXTS));
  const bytes = Buffer.alloc(between(random, 0, 3000), 0x62);
  switch (tail) {
    case 'nothing':
      return message(header, body);
    case 'name':
      return message(header, body, name1);
    case 'names':
      return message(header, body, name1, text(pick(random, TEXTS)));
    case 'bytes':
      return message(header, setSize(body, name, bytes.length), bytes);
    case 'value':
      return message(header, setSize(body, name, bytes.length), name1, bytes);
    case 'forgets':
      body.writeUInt32LE(2, 0);
      return message(header, body, fields(1n, 2n, 3n, 4n));
  }
}

/** What is wrong with a reply; undefined: nothing. */
function faultOf(name: RequestName, unique: bigint, reply: Reply): string | undefined {
  const { bytes, errno, body } = reply;
  if (bytes === undefined) return SILENT.includes(name) ? undefined : 'no answer';
  if (bytes.readUInt32LE(0) !== bytes.length) return 'a length that is not its own';
  if (reply.unique !== unique) return 'the answer to another request';
  if (errno !== 0)
    return errno > 0 && ERRNOS.has(errno) && body.length === 0 ? undefined : 'an odd error';
  const expected = BODY_BYTES[name];
  return expected === undefined || expected === body.length ? undefined : `${body.length} bytes`;
}

/** Names of the root as READDIR lists them, a page of random size at a time. */
function listRoot(random: Random, { ask }: Stage): string[] {
  const fh = ask(message({ opcode: 27 }, fields(0, 0))).body.readBigUInt64LE(0);
  const names: string[] = [];
  for (let offset = 0n; ; ) {
    const size = between(random, 300, 2000);
    const { body } = ask(message({ opcode: 28 }, fields(fh, offset, size, 0, 0n, 0, 0)));
    if (body.length === 0) break;
    for (let at = 0; at < body.length; ) {
      const length = body.readUInt32LE(at + 16);
      names.push(body.toString('utf8', at + 24, at + 24 + length));
      offset = body.readBigUInt64LE(at + 8);
      at += Math.ceil((24 + length) / 8) * 8;
    }
  }
  ask(message({ opcode: 29 }, fields(fh, 0, 0, 0n)));
  return names.filter((each) => each !== '.' && each !== '..').sort();
}

/** Requests that make something, more often than chance has them: else there is nothing to ask about. */
const MAKING: readonly RequestName[] = ['create', 'mkdir', 'symlink', 'write', 'link', 'rename2'];

function plant({ ask }: Stage): void {
  const made = (opcode: number, ...parts: Buffer[]): void => {
    ask(message({ opcode, uid: 0 }, ...parts));
  };
  made(35, fields(2, 0o644, 0, 0), text('a'));
  made(9, fields(0o755, 0), text('b'));
  made(6, text('c', 'target'));
  made(8, fields(0o010644, 0, 0, 0), text('d'));
}

async function fuzz(t: ExecutionContext, stage: Stage, random: Random): Promise<void> {
  plant(stage);
  const faults: string[] = [];
  for (let index = 1; index <= REQUESTS; index += 1) {
    const name = random() < 0.3 ? pick(random, MAKING) : pick(random, NAMES);
    const unique = BigInt(index * 2);
    const bytes = randomRequest(random, name, unique);
    const fault = faultOf(name, unique, stage.ask(bytes));
    if (fault !== undefined)
      faults.push(`${name}: ${fault}: ${bytes.toString('hex').slice(0, 400)}`);
    if (index % 500 === 0) {
      t.deepEqual(listRoot(random, stage), (await stage.volume.fs.promises.readdir('/')).sort());
    }
  }
  t.deepEqual(faults, []);
  t.deepEqual(stage.errors.map(String), []);
}

test('random requests are answered as a kernel expects, and leave a sound volume', async (t) => {
  const seed = seedFrom('CABINETFS_FUZZ_SEED');
  t.log(`seed ${seed}: ${REQUESTS} requests`);
  await withStage(t, {}, (stage) => fuzz(t, stage, createRandom(seed)));
});

test('requests that are cut off or longer than they say are refused, and change nothing', async (t) => {
  const seed = seedFrom('CABINETFS_FUZZ_SEED');
  const random = createRandom(seed);
  t.log(`seed ${seed}`);
  await withStage(t, {}, async (stage) => {
    plant(stage);
    const before = listRoot(random, stage);
    for (let index = 0; index < 2000; index += 1) {
      const name = pick(random, NAMES);
      const whole = randomRequest(random, name, 6n);
      const cut = whole.subarray(0, between(random, 0, whole.length - 1));
      const reply = stage.ask(Buffer.from(cut));
      if (cut.length < 40) t.is(reply.bytes, undefined);
      else t.is(reply.errno, constants.errno.EPROTO);
      const longer = stage.ask(Buffer.concat([whole, Buffer.alloc(between(random, 1, 50))]));
      t.is(longer.errno, constants.errno.EPROTO);
    }
    t.deepEqual(listRoot(random, stage), before);
    t.deepEqual(stage.errors, []);
  });
});

test('cut off inside, with a header that says so, a request is refused or asks for less', async (t) => {
  const seed = seedFrom('CABINETFS_FUZZ_SEED');
  const random = createRandom(seed);
  t.log(`seed ${seed}`);
  await withStage(t, {}, (stage) => {
    plant(stage);
    for (let index = 0; index < 3000; index += 1) {
      const name = pick(random, NAMES);
      const whole = randomRequest(random, name, 6n);
      const cut = Buffer.from(whole.subarray(0, between(random, 40, whole.length)));
      cut.writeUInt32LE(cut.length, 0);
      for (let flips = between(random, 0, 2); flips > 0; flips -= 1) {
        const at = between(random, 40, Math.max(40, cut.length - 1));
        if (at < cut.length) cut[at] = between(random, 0, 255);
      }
      const reply = stage.ask(cut);
      t.is(faultOf(name, 6n, reply), undefined, `${name} ${cut.toString('hex')}`);
    }
    t.deepEqual(stage.errors, []);
  });
});
