/** `Dirent`: a directory entry with its file type, as `readdir` and `opendir` give it. */
import { Dirent as NodeDirent } from 'node:fs';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../core/mode.js';

// The numbers libuv has for file types; they are seen only by who inspects an entry.
const UV_DIRENT_UNKNOWN = 0;
const UV_DIRENT_BY_TYPE: ReadonlyMap<number, number> = new Map([
  [S_IFREG, 1],
  [S_IFDIR, 2],
  [S_IFLNK, 3],
  [S_IFIFO, 4],
  [S_IFSOCK, 5],
  [S_IFCHR, 6],
  [S_IFBLK, 7],
]);

const TYPE = Symbol('type');

interface Typed {
  [TYPE]: number;
}

function hasType(entry: object, type: number): boolean {
  return (entry as Typed)[TYPE] === UV_DIRENT_BY_TYPE.get(type);
}

// The prototype of `fs.Dirent` without its constructor, whose signature is no public promise.
function DirentMethods(): void {}
DirentMethods.prototype = NodeDirent.prototype;
const NodeDirentBase = DirentMethods as unknown as new () => object;

/** Text, or bytes for the encoding `'buffer'`. */
export class Dirent<Name extends string | Buffer = string> extends NodeDirentBase {
  readonly name: Name;
  /** The directory, as the caller wrote it. */
  readonly parentPath: string;
  /** Deprecated name of `parentPath`. */
  readonly path: string;

  /** `mode` needs its type bits only. */
  constructor(name: Name, parentPath: string, mode: number) {
    super();
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    (this as unknown as Typed)[TYPE] = UV_DIRENT_BY_TYPE.get(mode & S_IFMT) ?? UV_DIRENT_UNKNOWN;
  }

  isBlockDevice(): boolean {
    return hasType(this, S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return hasType(this, S_IFCHR);
  }

  isDirectory(): boolean {
    return hasType(this, S_IFDIR);
  }

  isFIFO(): boolean {
    return hasType(this, S_IFIFO);
  }

  isFile(): boolean {
    return hasType(this, S_IFREG);
  }

  isSocket(): boolean {
    return hasType(this, S_IFSOCK);
  }

  isSymbolicLink(): boolean {
    return hasType(this, S_IFLNK);
  }
}
