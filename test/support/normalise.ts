/**
 * Reduces what a call returned or threw to plain values that can be compared across subjects.
 *
 * Values are recognised by shape, not by class: the subjects need not share classes with Node.
 */
import { dirname } from 'node:path';
import { describeBytes } from './tree.js';

/** The stand-in for the folder of the case in every string. */
const FOLDER_MARK = '<case>';
/** The stand-in for the root of the subject, where a path leads out of the folder. */
const ROOT_MARK = '<root>';
const STATS_FIELDS = ['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blksize'];
const STATS_TIMES = ['atimeMs', 'mtimeMs', 'ctimeMs', 'birthtimeMs'];
const STATS_TIMES_NS = ['atimeNs', 'mtimeNs', 'ctimeNs', 'birthtimeNs'];
const STATS_DATES = ['atime', 'mtime', 'ctime', 'birthtime'];
const KINDS = [
  'isFile',
  'isDirectory',
  'isSymbolicLink',
  'isFIFO',
  'isSocket',
  'isBlockDevice',
  'isCharacterDevice',
] as const;

type Fields = Readonly<Record<string, unknown>>;
type Kinds = Readonly<Record<(typeof KINDS)[number], () => boolean>>;

/** Plain data equal for equal behaviour; `folder` is where the case ran. */
export function normalise(value: unknown, folder: string): unknown {
  if (typeof value === 'string') return normaliseText(value, folder);
  if (typeof value === 'function') return '<function>';
  if (typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return normaliseError(value, folder);
  if (ArrayBuffer.isView(value)) return normaliseView(value, folder);
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map((item) => normalise(item, folder));
  return normaliseObject(value, folder);
}

/**
 * Runs of one character, as in names of 255 bytes, are written as their length. Runs of slashes are
 * not counted: they pad paths to one length below roots of different lengths.
 */
function normaliseText(text: string, folder: string): string {
  return (
    text
      .replaceAll(folder, FOLDER_MARK)
      .replaceAll(dirname(folder), ROOT_MARK)
      // Node cuts what it shows of an argument.
      .replace(/\('[/<][^']*\.\.\.'\)/g, '(<cut path>)')
      .replace(/\/{40,}/g, '<slashes>')
      .replace(/(.)\1{40,}/gsu, (run, character: string) => `<${character} x ${run.length}>`)
  );
}

/** Class by nature, since ours are named FsError; the fields Node documents; never the stack. */
export function normaliseError(error: Error, folder: string): Fields {
  const fields = error as Error & Fields;
  const described: Record<string, unknown> = {
    class: errorClass(error),
    name: error.name === 'FsError' ? 'Error' : error.name,
    message: normalise(error.message, folder),
  };
  for (const field of ['code', 'errno', 'syscall', 'path', 'dest', 'info', 'cause']) {
    if (field in fields) described[field] = normalise(fields[field], folder);
  }
  return described;
}

function errorClass(error: Error): string {
  if (error instanceof TypeError) return 'TypeError';
  if (error instanceof RangeError) return 'RangeError';
  return 'Error';
}

function normaliseView(view: ArrayBufferView, folder: string): Fields {
  const type = Buffer.isBuffer(view) ? 'Buffer' : view.constructor.name;
  // Nothing can be made of memory that was detached.
  const isEmpty = view.byteLength === 0;
  const bytes = isEmpty
    ? Buffer.alloc(0)
    : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const holdsFolder = bytes.includes(folder);
  const shown = holdsFolder
    ? Buffer.from(bytes.toString('latin1').replaceAll(folder, FOLDER_MARK), 'latin1')
    : bytes;
  return { type, bytes: describeBytes(shown) };
}

function normaliseObject(value: object, folder: string): unknown {
  const fields = value as Fields;
  if (typeof fields.isFile === 'function') {
    return 'mode' in fields ? normaliseStats(fields) : normaliseDirent(fields, folder);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `<${value.constructor.name}>`;
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => [
      normaliseText(key, folder),
      normalise(item, folder),
    ]),
  );
}

function kindOf(value: Kinds): readonly string[] {
  return KINDS.filter((kind) => value[kind]());
}

function normaliseStats(stats: Fields): Fields {
  const kind = kindOf(stats as Kinds);
  const all = [...STATS_FIELDS, 'blocks', ...STATS_TIMES, ...STATS_TIMES_NS, ...STATS_DATES];
  const types = all.map((field) => `${field}: ${typeName(stats[field])}`);
  return {
    kind,
    mode: Number(stats.mode).toString(8),
    nlink: stats.nlink,
    uid: stats.uid,
    gid: stats.gid,
    rdev: stats.rdev,
    // A directory's size belongs to the filesystem; a link's may hold the length of the root.
    size: kind.includes('isFile') ? stats.size : undefined,
    types,
  };
}

function typeName(value: unknown): string {
  return value instanceof Date ? 'Date' : typeof value;
}

function normaliseDirent(dirent: Fields, folder: string): Fields {
  return {
    name: normalise(dirent.name, folder),
    path: normalise(dirent.path, folder),
    parentPath: normalise(dirent.parentPath, folder),
    kind: kindOf(dirent as Kinds),
  };
}
