/** Plays steps on one filesystem and reports what each one did, in a form that can be compared. */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { normalise } from '../support/normalise.js';
import type { FsPromises, Subject } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';
import type { Step } from './step.js';

/** Explicit times are small, so that they differ from every moment a filesystem stamps. */
const EXPLICIT_MS_MAX = 1e9;

/** Links to `..` may lead out of the place where steps begin: it lies deep, so they stay inside. */
const BELOW = 'deep/down/where/no/chain/of/links/leads/out';

export class Player {
  readonly #subject: Subject;
  readonly #folder: string;
  readonly #root: string;
  readonly #handles = new Map<number, FileHandle>();

  constructor(subject: Subject, name: string) {
    this.#subject = subject;
    this.#folder = `${subject.root}/${name}`;
    this.#root = `${this.#folder}/${BELOW}`;
  }

  async begin(): Promise<void> {
    await this.#fs.mkdir(this.#root, { recursive: true });
  }

  /** What the step returned, or the code it threw; `index` makes the bytes of each step its own. */
  async play(step: Step, index: number): Promise<unknown> {
    try {
      return { returned: normalise(await this.#run(step, index), this.#folder) };
    } catch (error) {
      return { threw: error instanceof Error && 'code' in error ? error.code : String(error) };
    }
  }

  tree(): Promise<Tree> {
    return captureTree(this.#fs, this.#folder);
  }

  /** Closes every handle, which frees files without a name. */
  async closeAll(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    for (const handle of handles) await handle.close();
  }

  async end(): Promise<void> {
    await this.closeAll();
    await this.#fs.rm(this.#folder, { recursive: true, force: true });
  }

  get #fs(): FsPromises {
    return this.#subject.promises;
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }

  #run(step: Step, index: number): Promise<unknown> {
    if ('slot' in step) return this.#runOnHandle(step, index);
    if ('path' in step) return this.#runOnPath(step, index);
    if (step.do === 'reopen') return this.#reopen();
    const [from, to] = [this.#at(step.from), this.#at(step.to)];
    if (step.do === 'rename') return this.#fs.rename(from, to);
    if (step.do === 'link') return this.#fs.link(from, to);
    return this.#copy(from, to);
  }

  /** Not of directories: the C library destroys the destination then, and a volume does not. */
  async #copy(from: string, to: string): Promise<unknown> {
    if ((await this.#fs.stat(from)).isDirectory()) return 'a directory';
    return await this.#fs.copyFile(from, to);
  }

  async #reopen(): Promise<void> {
    await this.closeAll();
    await this.#subject.reopen();
  }

  async #runOnPath(step: Extract<Step, { path: string }>, index: number): Promise<unknown> {
    const path = this.#at(step.path);
    switch (step.do) {
      case 'mkdir':
        return await this.#fs.mkdir(path, { recursive: step.recursive });
      case 'writeFile':
        return await this.#fs.writeFile(path, bytesOf(step.bytes, index));
      case 'appendFile':
        return await this.#fs.appendFile(path, bytesOf(step.bytes, index));
      case 'truncate':
        return await this.#fs.truncate(path, step.size);
      case 'symlink':
        return await this.#fs.symlink(step.target.replace('@', this.#root), path);
      case 'chmod':
        return await this.#fs.chmod(path, step.mode);
      case 'utimes':
        return await this.#fs.utimes(path, step.seconds, step.seconds);
      case 'lutimes':
        return await this.#fs.lutimes(path, step.seconds, step.seconds);
      default:
        return await this.#look(step.do, path);
    }
  }

  async #look(kind: string, path: string): Promise<unknown> {
    switch (kind) {
      case 'unlink':
        return await this.#fs.unlink(path);
      case 'rmdir':
        return await this.#fs.rmdir(path);
      case 'rm':
        return await this.#remove(path);
      case 'readFile':
        return await this.#fs.readFile(path);
      case 'readdir':
        return (await this.#fs.readdir(path)).sort();
      case 'readdirDeep':
        return await this.#listDeep(path);
      case 'stat':
        return withTime(await this.#fs.stat(path));
      case 'lstat':
        return withTime(await this.#fs.lstat(path));
      case 'readlink':
        return await this.#fs.readlink(path);
      default:
        return await this.#fs.realpath(path);
    }
  }

  /**
   * By a path without links: Node walks it anew for each name, and leaves the rest when a link on it was among
   * what it has removed. A volume does not (`conformance/deviations.test.ts`).
   */
  async #remove(path: string): Promise<void> {
    const parent = dirname(path);
    const resolved = await this.#fs.realpath(parent).catch(() => parent);
    await this.#fs.rm(resolved + path.slice(parent.length), { recursive: true });
  }

  /** With types, since without them Node follows links, and links to `.` multiply. */
  async #listDeep(path: string): Promise<unknown> {
    const dirents = await this.#fs.readdir(path, { recursive: true, withFileTypes: true });
    const names = dirents.map((dirent) => `${dirent.parentPath}/${dirent.name}`);
    return names.sort();
  }

  async #runOnHandle(step: Extract<Step, { slot: number }>, index: number): Promise<unknown> {
    if (step.do === 'open') {
      await this.#handles.get(step.slot)?.close();
      this.#handles.delete(step.slot);
      this.#handles.set(step.slot, await this.#fs.open(this.#at(step.path), step.flags));
      return 'open';
    }
    const handle = this.#handles.get(step.slot);
    if (handle === undefined) return 'empty slot';
    switch (step.do) {
      case 'write':
        return (await handle.write(bytesOf(step.bytes, index), 0, step.bytes, step.position))
          .bytesWritten;
      case 'read':
        return await handle.read(Buffer.alloc(step.bytes + 1), 0, step.bytes, step.position);
      case 'ftruncate':
        return await handle.truncate(step.size);
      case 'fstat':
        return withTime(await handle.stat());
      case 'fsync':
        return await handle.sync();
      case 'readRest':
        return await handle.readFile();
      case 'fchmod':
        return await handle.chmod(0o640);
      case 'close':
        this.#handles.delete(step.slot);
        return await handle.close();
    }
  }
}

function withTime(stats: Stats): unknown {
  return { stats, mtimeMs: stats.mtimeMs < EXPLICIT_MS_MAX ? stats.mtimeMs : 'stamped' };
}

/** Bytes that tell steps and positions apart. */
function bytesOf(count: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  for (let index = 0; index < count; index += 1) {
    bytes[index] = (index * 31 + (index >> 8) * 7 + seed * 13 + 1) & 0xff;
  }
  return bytes;
}
