/**
 * A disk that loses power. It is fed with the records of the shim and knows at each moment what is on
 * stable storage and what is only on its way there; `cut` makes a folder as it might be found afterwards.
 *
 *   bytes and sizes   stable after a sync of their file. Before, each write may be there or not, whatever
 *                     came after it, and 512-byte sectors of one write go their own ways
 *   names             stable after a sync of the directory. Before, a prefix of their changes is there,
 *                     as a journal of metadata leaves it, whatever has become of the bytes
 *
 * That is less than ext4, XFS or APFS promise. All files are in one directory.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { between, type Random } from '../random.js';
import { type DiskRecord, pathsOf } from './log.js';

const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

/** Which of the changes that were not synced are on the disk all the same. */
export const LOSSES = [
  'nothing',
  'all',
  'prefix',
  'oneMissing',
  'lastOnly',
  'some',
  'torn',
] as const;
export type Loss = (typeof LOSSES)[number];

class Content {
  #bytes = Buffer.alloc(0);
  #size = 0;

  static of(bytes: Buffer): Content {
    const content = new Content();
    content.write(0, bytes);
    return content;
  }

  copy(): Content {
    return Content.of(this.bytes);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  write(offset: number, bytes: Buffer): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.bytes.copy(grown);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, offset);
    this.#size = Math.max(this.#size, end);
  }

  truncate(size: number): void {
    if (size > this.#size) this.write(size - 1, Buffer.alloc(1));
    else this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

class File {
  readonly stable: Content;
  readonly pending: Change[] = [];

  constructor(stable: Content = new Content()) {
    this.stable = stable;
  }

  sync(): void {
    for (const change of this.pending) apply(this.stable, change);
    this.pending.length = 0;
  }
}

function apply(content: Content, change: Change): void {
  if (change.kind === 'write') content.write(change.offset, change.bytes);
  else content.truncate(change.size);
}

type Names = Map<string, File>;

export class SimulatedDisk {
  readonly #files = new Map<bigint, File>();
  /** As the process sees them, and as they are on stable storage. */
  readonly #names: Names = new Map();
  readonly #stableNames: Names = new Map();
  readonly #pendingNames: ((names: Names) => void)[] = [];

  /** A file that was there, and stable, before the first record. */
  addStable(path: string, bytes: Buffer): void {
    const file = new File(Content.of(bytes));
    this.#names.set(path, file);
    this.#stableNames.set(path, file);
  }

  /** Whether a power cut now could lose anything. */
  get isStable(): boolean {
    if (this.#pendingNames.length > 0) return false;
    return [...this.#names.values()].every(({ pending }) => pending.length === 0);
  }

  feed(record: DiskRecord): void {
    switch (record.kind) {
      case 'create':
        this.#create(record);
        break;
      case 'open':
        this.#files.set(record.ino, this.#named(record.bytes.toString()));
        break;
      case 'write':
        this.#file(record).pending.push({ ...record, kind: 'write' });
        break;
      case 'truncate':
        this.#file(record).pending.push({ kind: 'truncate', size: record.offset });
        break;
      case 'sync':
        this.#file(record).sync();
        break;
      case 'syncDirectory':
        for (const change of this.#pendingNames) change(this.#stableNames);
        this.#pendingNames.length = 0;
        break;
      case 'rename':
      case 'link':
      case 'unlink':
        this.#rename(record);
        break;
    }
  }

  #create({ ino, bytes }: DiskRecord): void {
    const path = bytes.toString();
    const file = new File();
    this.#files.set(ino, file);
    this.#changeNames((names) => names.set(path, file));
  }

  #rename(record: DiskRecord): void {
    const [from, to] = pathsOf(record);
    // The -shm file is never seen.
    const file = this.#names.get(from);
    if (file === undefined) return;
    this.#changeNames((names) => {
      if (record.kind !== 'link') names.delete(from);
      if (record.kind !== 'unlink') names.set(to, file);
    });
  }

  #changeNames(change: (names: Names) => void): void {
    change(this.#names);
    this.#pendingNames.push(change);
  }

  #named(path: string): File {
    const file = this.#names.get(path);
    if (file === undefined) throw new Error(`no file is called '${path}'`);
    return file;
  }

  #file({ ino }: DiskRecord): File {
    const file = this.#files.get(ino);
    if (file === undefined) throw new Error(`file ${ino} was never opened`);
    return file;
  }

  /** Writes into `folder` what is found after a power cut now. */
  cut(folder: string, loss: Loss, random: Random): void {
    mkdirSync(folder, { recursive: true });
    const names = new Map(this.#stableNames);
    const total = this.#pendingNames.length;
    for (const change of this.#pendingNames.slice(0, keptNames(loss, total, random))) change(names);
    const contents = new Map<File, Buffer>();
    for (const [path, file] of names) {
      const bytes = contents.get(file) ?? found(file, loss, random);
      contents.set(file, bytes);
      writeFileSync(join(folder, basename(path)), bytes);
    }
  }
}

function keptNames(loss: Loss, total: number, random: Random): number {
  if (loss === 'nothing' || loss === 'lastOnly') return 0;
  if (loss === 'all' || loss === 'oneMissing') return total;
  return between(random, 0, total);
}

function found(file: File, loss: Loss, random: Random): Buffer {
  const content = file.stable.copy();
  const { pending } = file;
  const chosen = between(random, 0, Math.max(0, pending.length - 1));
  for (const [index, change] of pending.entries()) {
    if (loss === 'torn' && change.kind === 'write') applyTorn(content, change, random);
    else if (isKept(loss, index, chosen, pending.length, random)) apply(content, change);
  }
  return content.bytes;
}

function isKept(loss: Loss, index: number, chosen: number, total: number, random: Random): boolean {
  if (loss === 'all') return true;
  if (loss === 'prefix') return index < chosen;
  if (loss === 'oneMissing') return index !== chosen;
  if (loss === 'lastOnly') return index === total - 1;
  return loss !== 'nothing' && random() < 0.5;
}

function applyTorn(
  content: Content,
  { offset, bytes }: { readonly offset: number; readonly bytes: Buffer },
  random: Random,
): void {
  let at = 0;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    if (random() < 0.5) content.write(offset + at, bytes.subarray(at, end));
    at = end;
  }
}
