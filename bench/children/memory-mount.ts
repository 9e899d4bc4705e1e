/**
 * A filesystem in memory on plain fuse-native, with the least work that does it: what mounts through
 * fuse-native are measured against. Says `mounted`, and ends when its input does.
 *
 *     node memory-mount.js <directory> <options of libfuse>
 */
import { constants } from 'node:os';

const [dir = '', options = ''] = process.argv.slice(2);
const { ENOENT, ENODATA } = constants.errno;
const DIRECTORY_MODE = 0o40755;
const FILE_MODE = 0o100000;
const LINK_MODE = 0o120777;
const FIRST_CAPACITY = 4096;

interface Node {
  readonly ino: number;
  readonly mode: number;
  readonly names: Set<string>;
  content: Buffer;
  size: number;
  mtime: number;
}

type Done = (error: number, ...answer: readonly unknown[]) => void;

const nodes = new Map<string, Node>();
const handles = new Map<number, Node>();
let lastIno = 0;
let lastHandle = 0;

function createNode(mode: number): Node {
  lastIno += 1;
  return {
    ino: lastIno,
    mode,
    names: new Set(),
    content: Buffer.alloc(0),
    size: 0,
    mtime: Date.now(),
  };
}

function split(path: string): { readonly parent: Node; readonly name: string } {
  const end = path.lastIndexOf('/');
  return { parent: nodes.get(path.slice(0, end) || '/') as Node, name: path.slice(end + 1) };
}

function place(path: string, node: Node): void {
  const { parent, name } = split(path);
  parent.names.add(name);
  nodes.set(path, node);
}

function remove(path: string, done: Done): void {
  const { parent, name } = split(path);
  parent.names.delete(name);
  done(nodes.delete(path) ? 0 : -ENOENT);
}

function openNode(node: Node): number {
  lastHandle += 1;
  handles.set(lastHandle, node);
  return lastHandle;
}

function statOf({ ino, mode, size, mtime }: Node): object {
  return { ino, mode, size, mtime, atime: mtime, ctime: mtime, nlink: 1, uid: 0, gid: 0 };
}

function grow(node: Node, size: number): void {
  if (size > node.content.length) {
    const bigger = Buffer.alloc(Math.max(size, node.content.length * 2, FIRST_CAPACITY));
    node.content.copy(bigger);
    node.content = bigger;
  }
  node.size = Math.max(node.size, size);
}

/** An operation that does nothing: `count` arguments, and whom to tell. */
function agree(count: number): (...args: readonly unknown[]) => void {
  return (...args) => (args[count] as Done)(0);
}

/** All of them, as a real filesystem has them: libfuse asks only for what there is. */
const operations = {
  getattr(path: string, done: Done): void {
    const node = nodes.get(path);
    if (node === undefined) done(-ENOENT);
    else done(0, statOf(node));
  },
  readdir(path: string, done: Done): void {
    const names = [...(nodes.get(path)?.names ?? [])];
    const below = path === '/' ? '' : path;
    const stats = names.map((name) => statOf(nodes.get(`${below}/${name}`) as Node));
    const own = statOf(nodes.get(path) as Node);
    done(0, ['.', '..', ...names], [own, own, ...stats]);
  },
  create(path: string, mode: number, done: Done): void {
    const node = createNode(FILE_MODE | mode);
    place(path, node);
    done(0, openNode(node));
  },
  open(path: string, _flags: number, done: Done): void {
    done(0, openNode(nodes.get(path) as Node));
  },
  release(_path: string, handle: number, done: Done): void {
    handles.delete(handle);
    done(0);
  },
  read(
    _path: string,
    handle: number,
    target: Buffer,
    ...[length, offset, done]: readonly [number, number, Done]
  ): void {
    const { content, size } = handles.get(handle) as Node;
    done(content.copy(target, 0, offset, Math.min(size, offset + length)));
  },
  write(
    _path: string,
    handle: number,
    bytes: Buffer,
    ...[length, offset, done]: readonly [number, number, Done]
  ): void {
    const node = handles.get(handle) as Node;
    grow(node, offset + length);
    bytes.copy(node.content, offset, 0, length);
    done(length);
  },
  truncate(path: string, size: number, done: Done): void {
    (nodes.get(path) as Node).size = size;
    done(0);
  },
  unlink: remove,
  rename(from: string, to: string, done: Done): void {
    const node = nodes.get(from) as Node;
    remove(from, () => undefined);
    place(to, node);
    done(0);
  },
  mkdir(path: string, _mode: number, done: Done): void {
    place(path, createNode(DIRECTORY_MODE));
    done(0);
  },
  rmdir: remove,
  mknod(path: string, mode: number, _rdev: number, done: Done): void {
    place(path, createNode(mode));
    done(0);
  },
  symlink(_target: string, path: string, done: Done): void {
    place(path, createNode(LINK_MODE));
    done(0);
  },
  link(from: string, to: string, done: Done): void {
    place(to, nodes.get(from) as Node);
    done(0);
  },
  readlink(_path: string, done: Done): void {
    done(0, '');
  },
  opendir(_path: string, _flags: number, done: Done): void {
    done(0, 0);
  },
  statfs(_path: string, done: Done): void {
    done(0, {});
  },
  getxattr(_path: string, _name: string, _position: number, done: Done): void {
    done(-ENODATA);
  },
  listxattr(_path: string, done: Done): void {
    done(0, []);
  },
  access: agree(2),
  flush: agree(2),
  fsync: agree(3),
  fsyncdir: agree(3),
  releasedir: agree(2),
  utimens: agree(3),
  chmod: agree(2),
  chown: agree(3),
  ftruncate: agree(3),
  fgetattr: agree(2),
  setxattr: agree(5),
  removexattr: agree(2),
};

interface PlainFuse {
  mount(done: (error?: Error | null) => void): void;
}

type PlainFuseClass = new (dir: string, operations: object, options: object) => PlainFuse;

// Not a literal: the package has no types.
const PACKAGE_NAME: string = 'fuse-native';
const { default: Fuse } = (await import(PACKAGE_NAME)) as { readonly default: PlainFuseClass };

nodes.set('/', createNode(DIRECTORY_MODE));
// Its only option that is passed on as it is, and so the way to all others.
const fuse = new Fuse(dir, operations, { fsname: options });
fuse.mount((error) => {
  if (error) throw error;
  process.stdout.write('mounted\n');
});
process.stdin.on('end', () => process.exit()).resume();
