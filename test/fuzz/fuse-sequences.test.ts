/**
 * Sequences of requests as a kernel makes them of what it was told, some with bytes turned: each gets exactly
 * one reply that is well formed, what was right stays right, and the volume is sound (which `withVolume`
 * checks).
 */
import test from 'ava';
import fc from 'fast-check';
import type { RequestName } from '#src/fuse/protocol/opcodes.js';
import { OPCODES } from '#src/fuse/protocol/opcodes.js';
import { faultOf } from '../fuse/handler/faults.js';
import { type Stage, withStage } from '../fuse/handler/stage.js';
import { fields, message, text } from '../fuse/protocol/messages.js';
import { fuzz } from './runs.js';

const IN_HEADER_BYTES = 40;
const ENTRY_BYTES = 40 + 88;

/** A request by what it is about; `node`, `handle` pick one of those that are known. */
interface Ask {
  readonly do: RequestName;
  readonly node: number;
  readonly other: number;
  readonly handle: number;
  readonly name: number;
  readonly newName: number;
  readonly at: number;
  readonly bytes: number;
  readonly flags: number;
  /** Bytes of the request that are turned, header excluded: what a kernel never sends. */
  readonly flips: readonly (readonly [number, number])[];
}

const NAMES = ['a', 'b', 'c', 'd', 'é', 'x'.repeat(255), 'x'.repeat(256), '.', '..', '', 'a/b'];
const OFFSETS = [0, 1, 511, 512, 4096, 65_535, 65_536, 130_000];
const SIZES = [0, 1, 100, 512, 4096, 70_000];
const FLAGS = [0, 1, 2, 0o1000, 0o2000, 0o3002, 0o200, 4, 3, 0xffff_ffff];

const KINDS: readonly RequestName[] = [
  ...([
    'lookup',
    'getattr',
    'setattr',
    'symlink',
    'mkdir',
    'unlink',
    'rmdir',
    'rename2',
    'link',
  ] as const),
  ...([
    'open',
    'read',
    'write',
    'release',
    'fsync',
    'flush',
    'opendir',
    'readdir',
    'releasedir',
  ] as const),
  ...([
    'create',
    'fallocate',
    'lseek',
    'copyFileRange',
    'setxattr',
    'forget',
    'readdirplus',
  ] as const),
  ...(['create', 'create', 'write', 'write', 'lookup', 'open', 'mkdir'] as const),
];

const ask: fc.Arbitrary<Ask> = fc.record({
  do: fc.constantFrom(...KINDS),
  node: fc.nat(7),
  other: fc.nat(7),
  handle: fc.nat(5),
  name: fc.oneof({ weight: 6, arbitrary: fc.nat(3) }, fc.nat(NAMES.length - 1)),
  newName: fc.oneof({ weight: 6, arbitrary: fc.nat(3) }, fc.nat(NAMES.length - 1)),
  at: fc.nat(OFFSETS.length - 1),
  bytes: fc.nat(SIZES.length - 1),
  flags: fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, fc.nat(FLAGS.length - 1)),
  flips: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { minLength: 1, maxLength: 3 }),
    },
  ),
});

/** What a kernel remembers of the replies. */
class Kernel {
  readonly #stage: Stage;
  /** Lookups by inode; the root has always one. */
  readonly #nodes = new Map<bigint, number>([[1n, 1]]);
  readonly #handles: {
    readonly fh: bigint;
    readonly node: bigint;
    readonly isDirectory: boolean;
  }[] = [];
  #unique = 2n;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  play(each: Ask): void {
    const node = this.#node(each.node);
    const handle = this.#handles[each.handle % Math.max(1, this.#handles.length)];
    const body = this.#body(each, handle?.fh ?? 99n);
    const isAboutHandle = ['read', 'write', 'release', 'releasedir', 'readdir'].includes(each.do);
    const nodeid = isAboutHandle && handle !== undefined ? handle.node : node;
    const isWhole = each.flips.length === 0;
    const reply = this.#send(each.do, nodeid, body, each.flips);
    if (reply === undefined || reply.errno !== 0) return;
    if (isWhole) this.#remember(each, nodeid, reply.body, handle?.fh);
    else this.#rememberMade(each.do, reply.body);
  }

  /** Lets go of everything, as at the end of a mount; nothing of that may fail. */
  end(): void {
    for (const { fh, node, isDirectory } of this.#handles.splice(0)) {
      const name = isDirectory ? 'releasedir' : 'release';
      const reply = this.#send(name, node, fields(fh, 0, 0, 0n), []);
      if (reply?.errno !== 0) throw new Error(`${name} of ${fh}: ${reply?.errno}`);
    }
    for (const [node, lookups] of this.#nodes) {
      this.#send('forget', node, fields(BigInt(lookups)), []);
    }
  }

  #node(index: number): bigint {
    const nodes = [...this.#nodes.keys()];
    return nodes[index % nodes.length] as bigint;
  }

  #send(
    name: RequestName,
    nodeid: bigint,
    body: Buffer,
    flips: Ask['flips'],
  ): { errno: number; body: Buffer } | undefined {
    this.#unique += 2n;
    const bytes = message(
      { opcode: OPCODES[name].number, unique: this.#unique, nodeid, uid: 0 },
      body,
    );
    for (const [at, to] of flips) {
      const place = IN_HEADER_BYTES + at;
      if (place < bytes.length) bytes[place] = to;
    }
    const reply = this.#stage.ask(bytes);
    const fault = faultOf(name, this.#unique, reply);
    if (fault !== undefined)
      throw new Error(`${name}: ${fault}: ${bytes.toString('hex').slice(0, 300)}`);
    return reply.bytes === undefined ? undefined : reply;
  }

  #remember(each: Ask, nodeid: bigint, body: Buffer, fh: bigint | undefined): void {
    this.#rememberMade(each.do, body);
    if (each.do === 'open' || each.do === 'opendir') {
      this.#handles.push({
        fh: body.readBigUInt64LE(0),
        node: nodeid,
        isDirectory: each.do === 'opendir',
      });
    }
    if (each.do === 'release' || each.do === 'releasedir') {
      const index = this.#handles.findIndex((handle) => handle.fh === fh);
      if (index >= 0) this.#handles.splice(index, 1);
    }
    if (each.do === 'forget') this.#nodes.delete(nodeid);
  }

  /** Inodes and files that a reply brought, whatever the request had become. */
  #rememberMade(name: RequestName, body: Buffer): void {
    if (!['lookup', 'create', 'mkdir', 'symlink', 'link'].includes(name)) return;
    const node = body.readBigUInt64LE(0);
    // Zero: there is no such name, for as long as the reply says.
    if (node === 0n) return;
    this.#nodes.set(node, (this.#nodes.get(node) ?? 0) + 1);
    if (name !== 'create') return;
    this.#handles.push({ fh: body.readBigUInt64LE(ENTRY_BYTES), node, isDirectory: false });
  }

  #body(each: Ask, fh: bigint): Buffer {
    const [offset, size] = [BigInt(OFFSETS[each.at] as number), SIZES[each.bytes] as number];
    const [name, newName] = [text(NAMES[each.name] as string), text(NAMES[each.newName] as string)];
    const flags = FLAGS[each.flags] as number;
    const io = fields(fh, offset, size, 0, 0n, 0, 0);
    switch (each.do) {
      case 'getattr':
        return fields(0, 0, fh);
      case 'setattr':
        return Buffer.concat([
          fields((1 << each.flags) | (each.bytes << 3), 0, fh, BigInt(size), 0n, offset, 7n, 7n),
          fields(each.at, 0, 0, 0o644, 0, 0, 0, 0),
        ]);
      case 'symlink':
        return Buffer.concat([name, newName]);
      case 'mkdir':
        return Buffer.concat([fields(0o755, 0), name]);
      case 'rename2':
        return Buffer.concat([fields(this.#node(each.other), flags & 7, 0), name, newName]);
      case 'link':
        return Buffer.concat([fields(this.#node(each.other)), name]);
      case 'open':
      case 'opendir':
        return fields(flags, 0);
      case 'read':
      case 'readdir':
      case 'readdirplus':
        return io;
      case 'write':
        return Buffer.concat([io, Buffer.alloc(size, each.at + 1)]);
      case 'release':
      case 'releasedir':
        return fields(fh, 0, 0, 0n);
      case 'fsync':
        return fields(fh, 0, 0);
      case 'flush':
        return fields(fh, 0, 0, 0n);
      case 'create':
        return Buffer.concat([fields((flags | 0o100) >>> 0, 0o100644, 0, 0), name]);
      case 'fallocate':
        return fields(fh, offset, BigInt(size), flags, 0);
      case 'lseek':
        return fields(fh, offset, flags, 0);
      case 'copyFileRange':
        return fields(fh, offset, this.#node(each.other), fh, BigInt(size), BigInt(size), 0n);
      case 'setxattr':
        return Buffer.concat([fields(size, flags), text('user.x'), Buffer.alloc(size, 1)]);
      case 'forget':
        return fields(BigInt(this.#nodes.get(this.#node(each.node)) ?? 1));
      default:
        return name;
    }
  }
}

test.serial('sequences of requests of a kernel, some of them damaged', async (t) => {
  await withStage(t, {}, async (stage) => {
    const sequences = fc.array(ask, { minLength: 1, maxLength: 60, size: 'max' });
    await fuzz(t, sequences, 40, async (list) => {
      const kernel = new Kernel(stage);
      for (const each of list) kernel.play(each);
      kernel.end();
      if (stage.errors.length > 0) throw new Error(String(stage.errors[0]));
      const { problems } = await stage.volume.check({ content: true });
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      const { promises } = stage.volume.fs;
      for (const name of await promises.readdir('/')) {
        await promises.rm(`/${name}`, { recursive: true });
      }
    });
  });
});
