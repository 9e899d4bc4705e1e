/**
 * A directory that one worker has to itself, and what must be in it: every answer is compared with what
 * was acknowledged before.
 */
import { deepStrictEqual, strictEqual } from 'node:assert';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { between, pick, type Random } from '../support/random.js';
import type { NodeFs } from '../support/subject.js';

/** A file, or a link to another name. */
type Known = { readonly sha: string; readonly bytes: number } | { readonly target: string };
type Opened = {
  readonly handle: Awaited<ReturnType<NodeFs['promises']['open']>>;
  readonly sha: string;
};

const DIRECTORIES = ['d0', 'd1', 'd2'];
const NAMES = Array.from({ length: 12 }, (_, index) => `f${index}`);
const SIZES = [0, 1, 500, 513, 4096, 65_535, 65_537, 200_000];
const BIG_BYTES = 3_000_000;
const OPEN_MAX = 8;

function shaOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

export class OwnTree {
  readonly root: string;
  readonly #fs: NodeFs;
  readonly #random: Random;
  readonly #known = new Map<string, Known>();
  /** Files without a name, still open. */
  readonly #opened: Opened[] = [];
  #salt = 0;

  constructor(fs: NodeFs, root: string, random: Random) {
    this.#fs = fs;
    this.root = root;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (const name of DIRECTORIES) {
      await this.#fs.promises.mkdir(`${this.root}/${name}`, { recursive: true });
    }
  }

  /** One operation, chosen at random. */
  async step(): Promise<void> {
    const steps = [
      ...[this.#write, this.#write, this.#writeSync, this.#append, this.#overwrite, this.#stream],
      ...[this.#rename, this.#copy, this.#link, this.#unlink, this.#unlinkOpen, this.#empty],
      ...[this.#read, this.#read, this.#readSync, this.#list, this.#truncate, this.#readOpened],
    ];
    await pick(this.#random, steps).call(this);
  }

  /** Compares all there is with all there should be. */
  async verify(): Promise<void> {
    for (const directory of DIRECTORIES) await this.#compare(directory);
    for (const [path, known] of this.#known) await this.#check(path, known);
    for (const { handle, sha } of this.#opened) await this.#checkOpened(handle, sha);
  }

  /** Closes everything and leaves nothing behind. */
  async end(): Promise<void> {
    for (const { handle } of this.#opened.splice(0)) await handle.close();
    await this.#fs.promises.rm(this.root, { recursive: true });
  }

  #at(path: string): string {
    return `${this.root}/${path}`;
  }

  #path(): string {
    return `${pick(this.#random, DIRECTORIES)}/${pick(this.#random, NAMES)}`;
  }

  #content(bytes: number): Buffer {
    this.#salt += 1;
    const content = Buffer.alloc(bytes, `${this.root} ${this.#salt} `);
    if (bytes > 8) content.writeDoubleLE(this.#random(), bytes - 8);
    return content;
  }

  #know(path: string, content: Buffer): void {
    this.#known.set(path, { sha: shaOf(content), bytes: content.length });
  }

  /** Some file that is there, with its name. */
  #file(): readonly [string, { sha: string; bytes: number }] | undefined {
    const path = this.#path();
    const known = this.#known.get(path);
    return known === undefined || 'target' in known ? undefined : [path, known];
  }

  // --- changes -----------------------------------------------------------------------------------

  /** Where a link was, it goes first: writing would go through it. */
  async #clear(path: string): Promise<void> {
    const known = this.#known.get(path);
    if (known === undefined || !('target' in known)) return;
    await this.#fs.promises.unlink(this.#at(path));
    this.#known.delete(path);
  }

  async #write(): Promise<void> {
    const [path, content] = [this.#path(), this.#content(pick(this.#random, SIZES))];
    await this.#clear(path);
    await this.#fs.promises.writeFile(this.#at(path), content);
    this.#know(path, content);
  }

  async #writeSync(): Promise<void> {
    const [path, content] = [this.#path(), this.#content(pick(this.#random, SIZES))];
    await this.#clear(path);
    this.#fs.writeFileSync(this.#at(path), content);
    this.#know(path, content);
  }

  async #append(): Promise<void> {
    const found = this.#file();
    if (found === undefined) return;
    const [path] = found;
    const before = await this.#fs.promises.readFile(this.#at(path));
    const more = this.#content(between(this.#random, 0, 3000));
    await this.#fs.promises.appendFile(this.#at(path), more);
    if (before.length + more.length < BIG_BYTES) this.#know(path, Buffer.concat([before, more]));
    else await this.#forget(path);
  }

  async #forget(path: string): Promise<void> {
    await this.#fs.promises.unlink(this.#at(path));
    this.#known.delete(path);
  }

  async #overwrite(): Promise<void> {
    const found = this.#file();
    if (found === undefined) return;
    const [path, { bytes }] = found;
    const content = await this.#fs.promises.readFile(this.#at(path));
    const piece = this.#content(between(this.#random, 1, 70_000));
    const position = between(this.#random, 0, bytes);
    const handle = await this.#fs.promises.open(this.#at(path), 'r+');
    try {
      await handle.write(piece, 0, piece.length, position);
      if (this.#random() < 0.2) await handle.sync();
    } finally {
      await handle.close();
    }
    const end = Math.max(content.length, position + piece.length);
    const after = Buffer.alloc(end);
    after.set(content);
    after.set(piece, position);
    this.#know(path, after);
  }

  async #stream(): Promise<void> {
    if (this.#random() < 0.7) return;
    const [path, content] = [this.#path(), this.#content(BIG_BYTES)];
    await this.#clear(path);
    const pieces = Array.from({ length: 10 }, (_, index) => content.subarray(...pieceAt(index)));
    await pipeline(pieces, this.#fs.createWriteStream(this.#at(path)));
    this.#know(path, content);
  }

  async #rename(): Promise<void> {
    const [from, to] = [this.#path(), this.#path()];
    const known = this.#known.get(from);
    if (known === undefined || from === to) return;
    await this.#fs.promises.rename(this.#at(from), this.#at(to));
    this.#known.delete(from);
    this.#known.set(to, known);
  }

  async #copy(): Promise<void> {
    const [found, to] = [this.#file(), this.#path()];
    if (found === undefined || found[0] === to) return;
    await this.#clear(to);
    await this.#fs.promises.copyFile(this.#at(found[0]), this.#at(to));
    this.#known.set(to, found[1]);
  }

  async #link(): Promise<void> {
    const path = this.#path();
    if (this.#known.has(path)) return;
    const target = `../${this.#path()}`;
    await this.#fs.promises.symlink(target, this.#at(path));
    this.#known.set(path, { target });
  }

  async #unlink(): Promise<void> {
    const path = this.#path();
    if (this.#known.has(path)) await this.#forget(path);
  }

  async #unlinkOpen(): Promise<void> {
    const found = this.#file();
    if (found === undefined) return;
    const [path, { sha }] = found;
    const handle = await this.#fs.promises.open(this.#at(path), 'r');
    this.#opened.push({ handle, sha });
    await this.#forget(path);
    if (this.#opened.length > OPEN_MAX) await this.#opened.shift()?.handle.close();
  }

  /** A whole directory goes, and comes again. */
  async #empty(): Promise<void> {
    if (this.#random() < 0.8) return;
    const directory = pick(this.#random, DIRECTORIES);
    await this.#fs.promises.rm(this.#at(directory), { recursive: true });
    await this.#fs.promises.mkdir(this.#at(directory));
    for (const path of [...this.#known.keys()]) {
      if (path.startsWith(`${directory}/`)) this.#known.delete(path);
    }
  }

  async #truncate(): Promise<void> {
    const found = this.#file();
    if (found === undefined) return;
    const [path] = found;
    const before = await this.#fs.promises.readFile(this.#at(path));
    const size = between(this.#random, 0, Math.min(before.length + 1000, BIG_BYTES));
    await this.#fs.promises.truncate(this.#at(path), size);
    const after = Buffer.alloc(size);
    before.copy(after, 0, 0, size);
    this.#know(path, after);
  }

  // --- looks -------------------------------------------------------------------------------------

  async #read(): Promise<void> {
    const path = this.#path();
    await this.#check(path, this.#known.get(path));
  }

  async #check(path: string, known: Known | undefined): Promise<void> {
    const at = this.#at(path);
    if (known === undefined) {
      const code = await this.#fs.promises.lstat(at).catch((error) => error.code);
      strictEqual(code, 'ENOENT', at);
    } else if ('target' in known) {
      strictEqual(await this.#fs.promises.readlink(at), known.target, at);
    } else {
      const content = await this.#fs.promises.readFile(at);
      strictEqual(shaOf(content), known.sha, `content of ${at}`);
    }
  }

  async #readSync(): Promise<void> {
    const found = this.#file();
    if (found === undefined) return;
    const [path, { bytes }] = found;
    strictEqual(this.#fs.statSync(this.#at(path)).size, bytes, `size of ${path}`);
  }

  async #list(): Promise<void> {
    await this.#compare(pick(this.#random, DIRECTORIES));
  }

  async #compare(directory: string): Promise<void> {
    const names = [...this.#known.keys()].filter((path) => path.startsWith(`${directory}/`));
    const found = await this.#fs.promises.readdir(this.#at(directory));
    const expected = names.map((path) => path.slice(directory.length + 1));
    deepStrictEqual(found.sort(), expected.sort(), `names in ${this.#at(directory)}`);
  }

  async #readOpened(): Promise<void> {
    if (this.#opened.length === 0) return;
    const { handle, sha } = pick(this.#random, this.#opened);
    await this.#checkOpened(handle, sha);
  }

  async #checkOpened(handle: Opened['handle'], sha: string): Promise<void> {
    const { size } = await handle.stat();
    const content = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(content, at, size - at, at);
      if (bytesRead === 0) throw new Error(`an open file of ${this.root} is too short`);
      at += bytesRead;
    }
    strictEqual(shaOf(content), sha, `content of an open file of ${this.root}`);
  }
}

function pieceAt(index: number): [number, number] {
  const bytes = BIG_BYTES / 10;
  return [index * bytes, (index + 1) * bytes];
}
