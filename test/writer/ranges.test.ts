/** Ranges that are zeroed, punched out and copied, against plain buffers; the volume is sound after each. */
import test from 'ava';
import fc from 'fast-check';
import { openVolume } from '#src/index.js';
import type { Changed } from '#src/ops/context.js';
import type { Copied } from '#src/ops/ranges.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { command, job, WriterInProcess } from './writer-in-process.js';

const CHUNK = 4096;
const CREATOR = { mode: 0o644, uid: 0, gid: 0 };
const NAMES = ['a', 'b'] as const;

type FileName = (typeof NAMES)[number];

type Step =
  | { readonly do: 'write'; readonly file: FileName; readonly at: number; readonly length: number }
  | { readonly do: 'truncate'; readonly file: FileName; readonly size: number }
  | {
      readonly do: 'punch' | 'zero' | 'reserve';
      readonly file: FileName;
      readonly at: number;
      readonly length: number;
      readonly keepsSize: boolean;
    }
  | {
      readonly do: 'copy';
      readonly from: FileName;
      readonly start: number;
      readonly to: FileName;
      readonly at: number;
      readonly length: number;
    };

/** Offsets near the ends of chunks are where things go wrong. */
const offset = fc.oneof(
  fc.nat(6 * CHUNK),
  fc.nat(6).map((chunk) => chunk * CHUNK),
  fc
    .tuple(fc.nat(6), fc.integer({ min: -2, max: 2 }))
    .map(([chunk, by]) => Math.max(0, chunk * CHUNK + by)),
  fc.nat(600),
);
const length = fc.oneof(
  fc.integer({ min: 1, max: 3 * CHUNK }),
  fc.integer({ min: 1, max: 4 }).map((chunks) => chunks * CHUNK),
  fc.integer({ min: 1, max: 600 }),
);
const file = fc.constantFrom(...NAMES);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('write' as const), file, at: offset, length }),
  },
  fc.record({ do: fc.constant('truncate' as const), file, size: offset }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('punch' as const, 'zero' as const, 'reserve' as const),
      file,
      at: offset,
      length,
      keepsSize: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('copy' as const),
      from: file,
      start: offset,
      to: file,
      at: offset,
      length,
    }),
  },
);

/** What the files should hold. */
class Model {
  readonly files: Record<FileName, Buffer> = { a: Buffer.alloc(0), b: Buffer.alloc(0) };

  grow(name: FileName, size: number): void {
    const old = this.files[name];
    if (size > old.length) this.files[name] = Buffer.concat([old, Buffer.alloc(size - old.length)]);
  }

  put(name: FileName, at: number, data: Buffer): void {
    if (data.length === 0) return;
    this.grow(name, at + data.length);
    data.copy(this.files[name], at);
  }

  truncate(name: FileName, size: number): void {
    this.grow(name, size);
    this.files[name] = this.files[name].subarray(0, size);
  }

  zero(name: FileName, at: number, count: number): void {
    const held = Buffer.from(this.files[name]);
    held.subarray(at, at + count).fill(0);
    this.files[name] = held;
  }
}

class Stage {
  readonly #writer: WriterInProcess;
  readonly #inos: Record<FileName, number>;
  readonly model = new Model();
  #seed = 0;

  constructor(writer: WriterInProcess) {
    this.#writer = writer;
    const make = (name: FileName): number =>
      (this.#run('createAt', { parent: 1, name }, CREATOR) as Changed).ino;
    this.#inos = { a: make('a'), b: make('b') };
  }

  #run(name: Parameters<typeof command>[0], ...args: unknown[]): unknown {
    const [result] = this.#writer.run({ ...job(command(name, args)), wantsResult: true });
    return result;
  }

  #data(count: number): Buffer {
    this.#seed += 1;
    return Buffer.alloc(count, `data ${this.#seed} `);
  }

  /** What the writer answers to a step that it must refuse; otherwise undefined. */
  play(next: Step): void {
    const inos = this.#inos;
    switch (next.do) {
      case 'write': {
        const data = this.#data(next.length);
        const write = { ...command('write', [inos[next.file], next.at]), data };
        this.#writer.run(job(write));
        this.model.put(next.file, next.at, data);
        return;
      }
      case 'truncate':
        this.#run('setAttributes', inos[next.file], { size: next.size });
        this.model.truncate(next.file, next.size);
        return;
      case 'copy':
        this.#copy(next);
        return;
      default:
        this.#run(
          'changeRange',
          inos[next.file],
          next.do,
          next.at,
          next.length,
          next.keepsSize,
          false,
        );
        if (next.do !== 'reserve') this.model.zero(next.file, next.at, next.length);
        if (!next.keepsSize && next.do !== 'punch')
          this.model.grow(next.file, next.at + next.length);
    }
  }

  #copy({ from, start, to, at, length: count }: Step & { do: 'copy' }): void {
    const source = this.model.files[from];
    const expected = Math.max(0, Math.min(count, source.length - start));
    const args = [this.#inos[from], start, this.#inos[to], at, count];
    const answer = this.#run('copyRange', ...args, false);
    if (from === to && Math.abs(start - at) < expected) {
      if ((answer as { code?: string }).code !== 'EINVAL') throw new Error('an overlap was copied');
      return;
    }
    if ((answer as Copied).length !== expected) {
      throw new Error(`${JSON.stringify(answer)} where ${expected} bytes were to be copied`);
    }
    this.model.put(to, at, Buffer.from(source.subarray(start, start + expected)));
  }
}

test('files hold what was written, zeroed, punched and copied, and the volume is sound', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await withFolder(async (folder) => {
        const writer = new WriterInProcess(folder, { chunkSizeBytes: CHUNK, durability: 'off' });
        const stage = new Stage(writer);
        for (const next of steps) stage.play(next);
        await writer.writer.close();
        const volume = await openVolume(writer.path, { readOnly: true });
        try {
          await assertVolumeSound(volume);
          for (const name of NAMES) {
            const held = volume.fs.readFileSync(`/${name}`) as Buffer;
            if (!held.equals(stage.model.files[name]))
              throw new Error(`/${name} holds other bytes`);
          }
        } finally {
          await volume.close();
        }
      });
    }),
    { numRuns: 30, includeErrorInReport: true },
  );
  t.pass();
});

test('whole chunks are copied by reference and take no space', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder, { chunkSizeBytes: CHUNK });
    const [made] = stage.run({
      ...job({
        ...command('writeFile', ['/a', 0o1101, CREATOR]),
        data: Buffer.alloc(8 * CHUNK, 'x'),
      }),
      wantsResult: true,
    }) as [Changed];
    const [copy] = stage.run({
      ...job(command('createAt', [{ parent: 1, name: 'b' }, CREATOR])),
      wantsResult: true,
    }) as [Changed];
    stage.run(job(command('copyRange', [made.ino, CHUNK, copy.ino, 3 * CHUNK, 4 * CHUNK, false])));
    await stage.writer.close();
    await using volume = await openVolume(stage.path, { readOnly: true });
    const { storedBytes, sharedBytes, bytes } = await volume.stats();
    t.is(storedBytes, 8 * CHUNK);
    t.is(sharedBytes, 4 * CHUNK);
    t.is(bytes, 15 * CHUNK);
    t.is(volume.fs.statSync('/b').blocks, (4 * CHUNK) / 512, 'three chunks of it are a hole');
  });
});

test('a hole that is punched gives its space back', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder, { chunkSizeBytes: CHUNK });
    const [made] = stage.run({
      ...job({
        ...command('writeFile', ['/a', 0o1101, CREATOR]),
        data: Buffer.alloc(200 * CHUNK, 'x'),
      }),
      wantsResult: true,
    }) as [Changed];
    stage.run(job(command('changeRange', [made.ino, 'punch', 10, 199 * CHUNK, true, false])));
    stage.idle();
    await stage.writer.close();
    await using volume = await openVolume(stage.path, { readOnly: true });
    await assertVolumeSound(volume);
    const stats = volume.fs.statSync('/a');
    t.is(stats.size, 200 * CHUNK);
    t.is(stats.blocks, (2 * CHUNK) / 512, 'the chunks at both ends are left');
  });
});
