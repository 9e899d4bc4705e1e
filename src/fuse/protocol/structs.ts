/**
 * The structs of the protocol, version 7.39, as `include/uapi/linux/fuse.h` of the kernel defines them.
 * Names of fields are the kernel's, in camel case. What follows a struct in a message (names, bytes) is
 * in `opcodes.ts`.
 */
import { type Field, type Padding, type Struct, struct } from './struct.js';

/** `fuse_in_header`: in front of every request. */
export const IN_HEADER: Struct<
  'len' | 'opcode' | 'unique' | 'nodeid' | 'uid' | 'gid' | 'pid' | 'totalExtlen'
> = struct(
  ['len', 'u32'],
  ['opcode', 'u32'],
  ['unique', 'u64'],
  ['nodeid', 'u64'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['pid', 'u32'],
  // Length of what extensions there are at the end of the request, in units of 8 bytes.
  ['totalExtlen', 'u16'],
  'pad16',
);

/** `fuse_out_header`: in front of every reply; with `unique` 0, of a notification, whose code is `error`. */
export const OUT_HEADER: Struct<'len' | 'error' | 'unique'> = struct(
  ['len', 'u32'],
  ['error', 'i32'],
  ['unique', 'u64'],
);

type AttrField =
  | 'ino'
  | 'size'
  | 'blocks'
  | 'atime'
  | 'mtime'
  | 'ctime'
  | 'atimensec'
  | 'mtimensec'
  | 'ctimensec'
  | 'mode'
  | 'nlink'
  | 'uid'
  | 'gid'
  | 'rdev'
  | 'blksize'
  | 'flags';

const ATTR_FIELDS: readonly Field<AttrField>[] = [
  ['ino', 'u64'],
  ['size', 'u64'],
  ['blocks', 'u64'],
  ['atime', 'i64'],
  ['mtime', 'i64'],
  ['ctime', 'i64'],
  ['atimensec', 'u32'],
  ['mtimensec', 'u32'],
  ['ctimensec', 'u32'],
  ['mode', 'u32'],
  ['nlink', 'u32'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['rdev', 'u32'],
  ['blksize', 'u32'],
  ['flags', 'u32'],
];

/** `fuse_attr`. */
export const ATTR: Struct<AttrField> = struct(...ATTR_FIELDS);

type EntryField =
  | 'nodeid'
  | 'generation'
  | 'entryValid'
  | 'attrValid'
  | 'entryValidNsec'
  | 'attrValidNsec';

/** `fuse_entry_out`: an inode under a name, with how long the kernel may keep both, in seconds. */
export const ENTRY_OUT: Struct<EntryField | AttrField> = struct<EntryField | AttrField>(
  ['nodeid', 'u64'],
  ['generation', 'u64'],
  ['entryValid', 'u64'],
  ['attrValid', 'u64'],
  ['entryValidNsec', 'u32'],
  ['attrValidNsec', 'u32'],
  ...ATTR_FIELDS,
);

/** `fuse_attr_out`. */
export const ATTR_OUT: Struct<'attrValid' | 'attrValidNsec' | AttrField> = struct<
  'attrValid' | 'attrValidNsec' | AttrField
>(['attrValid', 'u64'], ['attrValidNsec', 'u32'], 'pad32', ...ATTR_FIELDS);

type StatfsField =
  | 'blocks'
  | 'bfree'
  | 'bavail'
  | 'files'
  | 'ffree'
  | 'bsize'
  | 'namelen'
  | 'frsize';

/** `fuse_statfs_out`. */
export const STATFS_OUT: Struct<StatfsField> = struct<StatfsField>(
  ['blocks', 'u64'],
  ['bfree', 'u64'],
  ['bavail', 'u64'],
  ['files', 'u64'],
  ['ffree', 'u64'],
  ['bsize', 'u32'],
  ['namelen', 'u32'],
  ['frsize', 'u32'],
  'pad32',
  'pad64',
  'pad64',
  'pad64',
);

type LockField = 'start' | 'end' | 'type' | 'pid';

/**
 * `fuse_lk_in`. Owners are hashes that use all 64 bits, more than a number holds: they come as halves,
 * and mean something only together.
 */
export const LK_IN: Struct<'fh' | 'ownerA' | 'ownerB' | LockField | 'lkFlags'> = struct<
  'fh' | 'ownerA' | 'ownerB' | LockField | 'lkFlags'
>(
  ['fh', 'u64'],
  ['ownerA', 'u32'],
  ['ownerB', 'u32'],
  ['start', 'u64'],
  ['end', 'u64'],
  ['type', 'u32'],
  ['pid', 'u32'],
  ['lkFlags', 'u32'],
  'pad32',
);

/** `fuse_lk_out`. The kernel's last byte is 2^63 - 1, which is no number: the end goes as a `u63`. */
export const LK_OUT: Struct<LockField> = struct<LockField>(
  ['start', 'u64'],
  ['end', 'u63'],
  ['type', 'u32'],
  ['pid', 'u32'],
);

type InitInField = 'major' | 'minor' | 'maxReadahead' | 'flags' | 'flags2';

const INIT_IN_REST: readonly Padding[] = [
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
];

/** `fuse_init_in` as of 7.36; before, it ended with `flags`. */
export const INIT_IN: Struct<InitInField> = struct<InitInField>(
  ['major', 'u32'],
  ['minor', 'u32'],
  ['maxReadahead', 'u32'],
  ['flags', 'u32'],
  ['flags2', 'u32'],
  ...INIT_IN_REST,
);

/** Bytes of `fuse_init_in` before 7.36. */
export const INIT_IN_SHORT_BYTES = 16;

type InitOutField =
  | 'major'
  | 'minor'
  | 'maxReadahead'
  | 'flags'
  | 'maxBackground'
  | 'congestionThreshold'
  | 'maxWrite'
  | 'timeGran'
  | 'maxPages'
  | 'mapAlignment'
  | 'flags2';

/** `fuse_init_out` as of 7.36. */
export const INIT_OUT: Struct<InitOutField> = struct<InitOutField>(
  ['major', 'u32'],
  ['minor', 'u32'],
  ['maxReadahead', 'u32'],
  ['flags', 'u32'],
  ['maxBackground', 'u16'],
  ['congestionThreshold', 'u16'],
  ['maxWrite', 'u32'],
  ['timeGran', 'u32'],
  ['maxPages', 'u16'],
  ['mapAlignment', 'u16'],
  ['flags2', 'u32'],
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
  'pad32',
);

export const FORGET_IN: Struct<'nlookup'> = struct(['nlookup', 'u64']);
export const BATCH_FORGET_IN: Struct<'count'> = struct(['count', 'u32'], 'pad32');
export const FORGET_ONE: Struct<'nodeid' | 'nlookup'> = struct(
  ['nodeid', 'u64'],
  ['nlookup', 'u64'],
);

export const GETATTR_IN: Struct<'getattrFlags' | 'fh'> = struct(['getattrFlags', 'u32'], 'pad32', [
  'fh',
  'u64',
]);

const STATX_REST: readonly Padding[] = [
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
  'pad64',
];

export const STATX_IN: Struct<'getattrFlags' | 'fh' | 'sxFlags' | 'sxMask'> = struct(
  ['getattrFlags', 'u32'],
  'pad32',
  ['fh', 'u64'],
  ['sxFlags', 'u32'],
  ['sxMask', 'u32'],
);

type StatxField =
  | Exclude<AttrField, 'rdev' | 'flags'>
  | 'attrValid'
  | 'attrValidNsec'
  | 'mask'
  | 'btime'
  | 'btimensec'
  | 'rdevMajor'
  | 'rdevMinor';

/** `fuse_statx_out` with its `fuse_statx`, as statx(2) has it. */
export const STATX_OUT: Struct<StatxField> = struct<StatxField>(
  ['attrValid', 'u64'],
  ['attrValidNsec', 'u32'],
  'pad32',
  'pad64',
  'pad64',
  ['mask', 'u32'],
  ['blksize', 'u32'],
  // Attributes such as immutable, of which there are none.
  'pad64',
  ['nlink', 'u32'],
  ['uid', 'u32'],
  ['gid', 'u32'],
  ['mode', 'u16'],
  'pad16',
  ['ino', 'u64'],
  ['size', 'u64'],
  ['blocks', 'u64'],
  'pad64',
  ['atime', 'i64'],
  ['atimensec', 'u32'],
  'pad32',
  ['btime', 'i64'],
  ['btimensec', 'u32'],
  'pad32',
  ['ctime', 'i64'],
  ['ctimensec', 'u32'],
  'pad32',
  ['mtime', 'i64'],
  ['mtimensec', 'u32'],
  'pad32',
  ['rdevMajor', 'u32'],
  ['rdevMinor', 'u32'],
  // The device that it is on is the kernel's to tell.
  'pad64',
  ...STATX_REST,
);

type SetattrField =
  | 'valid'
  | 'fh'
  | 'size'
  | 'lockOwner'
  | 'atime'
  | 'mtime'
  | 'ctime'
  | 'atimensec'
  | 'mtimensec'
  | 'ctimensec'
  | 'mode'
  | 'uid'
  | 'gid';

export const SETATTR_IN: Struct<SetattrField> = struct<SetattrField>(
  ['valid', 'u32'],
  'pad32',
  ['fh', 'u64'],
  ['size', 'u64'],
  ['lockOwner', 'u64'],
  ['atime', 'i64'],
  ['mtime', 'i64'],
  ['ctime', 'i64'],
  ['atimensec', 'u32'],
  ['mtimensec', 'u32'],
  ['ctimensec', 'u32'],
  ['mode', 'u32'],
  'pad32',
  ['uid', 'u32'],
  ['gid', 'u32'],
  'pad32',
);

export const MKNOD_IN: Struct<'mode' | 'rdev' | 'umask'> = struct(
  ['mode', 'u32'],
  ['rdev', 'u32'],
  ['umask', 'u32'],
  'pad32',
);
export const MKDIR_IN: Struct<'mode' | 'umask'> = struct(['mode', 'u32'], ['umask', 'u32']);
export const RENAME_IN: Struct<'newdir'> = struct(['newdir', 'u64']);
export const RENAME2_IN: Struct<'newdir' | 'flags'> = struct(
  ['newdir', 'u64'],
  ['flags', 'u32'],
  'pad32',
);
export const LINK_IN: Struct<'oldnodeid'> = struct(['oldnodeid', 'u64']);

export const OPEN_IN: Struct<'flags' | 'openFlags'> = struct(
  ['flags', 'u32'],
  ['openFlags', 'u32'],
);
export const CREATE_IN: Struct<'flags' | 'mode' | 'umask' | 'openFlags'> = struct(
  ['flags', 'u32'],
  ['mode', 'u32'],
  ['umask', 'u32'],
  ['openFlags', 'u32'],
);
export const OPEN_OUT: Struct<'fh' | 'openFlags'> = struct(
  ['fh', 'u64'],
  ['openFlags', 'u32'],
  'pad32',
);
export const RELEASE_IN: Struct<'fh' | 'flags' | 'releaseFlags' | 'ownerA' | 'ownerB'> = struct(
  ['fh', 'u64'],
  ['flags', 'u32'],
  ['releaseFlags', 'u32'],
  ['ownerA', 'u32'],
  ['ownerB', 'u32'],
);
export const FLUSH_IN: Struct<'fh' | 'ownerA' | 'ownerB'> = struct(
  ['fh', 'u64'],
  'pad32',
  'pad32',
  ['ownerA', 'u32'],
  ['ownerB', 'u32'],
);

export const READ_IN: Struct<'fh' | 'offset' | 'size' | 'readFlags' | 'lockOwner' | 'flags'> =
  struct(
    ['fh', 'u64'],
    ['offset', 'u64'],
    ['size', 'u32'],
    ['readFlags', 'u32'],
    ['lockOwner', 'u64'],
    ['flags', 'u32'],
    'pad32',
  );
export const WRITE_IN: Struct<'fh' | 'offset' | 'size' | 'writeFlags' | 'lockOwner' | 'flags'> =
  struct(
    ['fh', 'u64'],
    ['offset', 'u64'],
    ['size', 'u32'],
    ['writeFlags', 'u32'],
    ['lockOwner', 'u64'],
    ['flags', 'u32'],
    'pad32',
  );
export const WRITE_OUT: Struct<'size'> = struct(['size', 'u32'], 'pad32');

export const FSYNC_IN: Struct<'fh' | 'fsyncFlags'> = struct(
  ['fh', 'u64'],
  ['fsyncFlags', 'u32'],
  'pad32',
);
/** `fuse_setxattr_in` without SETXATTR_EXT, which is not negotiated. */
export const SETXATTR_IN: Struct<'size' | 'flags'> = struct(['size', 'u32'], ['flags', 'u32']);
export const GETXATTR_IN: Struct<'size'> = struct(['size', 'u32'], 'pad32');
export const GETXATTR_OUT: Struct<'size'> = struct(['size', 'u32'], 'pad32');
export const ACCESS_IN: Struct<'mask'> = struct(['mask', 'u32'], 'pad32');
export const INTERRUPT_IN: Struct<'unique'> = struct(['unique', 'u64']);
export const FALLOCATE_IN: Struct<'fh' | 'offset' | 'length' | 'mode'> = struct(
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['length', 'u64'],
  ['mode', 'u32'],
  'pad32',
);
export const LSEEK_IN: Struct<'fh' | 'offset' | 'whence'> = struct(
  ['fh', 'u64'],
  ['offset', 'u64'],
  ['whence', 'u32'],
  'pad32',
);
export const LSEEK_OUT: Struct<'offset'> = struct(['offset', 'u64']);
export const COPY_FILE_RANGE_IN: Struct<
  'fhIn' | 'offIn' | 'nodeidOut' | 'fhOut' | 'offOut' | 'len' | 'flags'
> = struct(
  ['fhIn', 'u64'],
  ['offIn', 'u64'],
  ['nodeidOut', 'u64'],
  ['fhOut', 'u64'],
  ['offOut', 'u64'],
  ['len', 'u64'],
  ['flags', 'u64'],
);
export const SYNCFS_IN: Struct<never> = struct<never>('pad64');

/** `fuse_dirent`, before its name. */
export const DIRENT: Struct<'ino' | 'off' | 'namelen' | 'type'> = struct(
  ['ino', 'u64'],
  ['off', 'u64'],
  ['namelen', 'u32'],
  ['type', 'u32'],
);

export const NOTIFY_INVAL_INODE_OUT: Struct<'ino' | 'off' | 'len'> = struct(
  ['ino', 'u64'],
  ['off', 'i64'],
  ['len', 'i64'],
);
export const NOTIFY_INVAL_ENTRY_OUT: Struct<'parent' | 'namelen' | 'flags'> = struct(
  ['parent', 'u64'],
  ['namelen', 'u32'],
  ['flags', 'u32'],
);
export const NOTIFY_DELETE_OUT: Struct<'parent' | 'child' | 'namelen'> = struct(
  ['parent', 'u64'],
  ['child', 'u64'],
  ['namelen', 'u32'],
  'pad32',
);
