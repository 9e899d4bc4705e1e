/** Flags and codes of the protocol, by the kernel's names in camel case. */

/** INIT flags, bits 0 to 31. */
export const INIT_FLAG = {
  asyncRead: 0x1,
  posixLocks: 0x2,
  atomicOTrunc: 0x8,
  exportSupport: 0x10,
  bigWrites: 0x20,
  dontMask: 0x40,
  flockLocks: 0x400,
  autoInvalData: 0x1000,
  doReaddirplus: 0x2000,
  readdirplusAuto: 0x4000,
  asyncDio: 0x8000,
  writebackCache: 0x1_0000,
  noOpenSupport: 0x2_0000,
  parallelDirops: 0x4_0000,
  handleKillpriv: 0x8_0000,
  posixAcl: 0x10_0000,
  abortError: 0x20_0000,
  maxPages: 0x40_0000,
  cacheSymlinks: 0x80_0000,
  noOpendirSupport: 0x100_0000,
  explicitInvalData: 0x200_0000,
  handleKillprivV2: 0x1000_0000,
  setxattrExt: 0x2000_0000,
  initExt: 0x4000_0000,
} as const;

/** `valid` of SETATTR: which fields are to be set. */
export const SETATTR = {
  mode: 0x1,
  uid: 0x2,
  gid: 0x4,
  size: 0x8,
  atime: 0x10,
  mtime: 0x20,
  fh: 0x40,
  atimeNow: 0x80,
  mtimeNow: 0x100,
  lockOwner: 0x200,
  ctime: 0x400,
  killSuidgid: 0x800,
} as const;

/** `openFlags` of a reply to OPEN. */
export const FOPEN = {
  directIo: 0x1,
  keepCache: 0x2,
  nonseekable: 0x4,
  cacheDir: 0x8,
  noFlush: 0x20,
} as const;

export const GETATTR_FH = 0x1;
/** What a reply to STATX has: STATX_BASIC_STATS and STATX_BTIME of statx(2). */
export const STATX_TOLD = 0xfff;
export const LK_FLOCK = 0x1;
/** The write comes from the page cache; its handle is guessed. */
export const WRITE_CACHE = 0x1;
export const WRITE_KILL_SUIDGID = 0x4;
export const RELEASE_FLOCK_UNLOCK = 0x2;
export const FSYNC_FDATASYNC = 0x1;

export const NOTIFY = { invalInode: 2, invalEntry: 3, delete: 6, incEpoch: 8 } as const;
/** `off` of INVAL_INODE: the attributes alone. */
export const ATTRIBUTES_ONLY = -1;
/** `flags` of INVAL_ENTRY: the name is only to be looked up again. Linux 6.2; older ones throw it out. */
export const INVAL_ENTRY_EXPIRE = 0x1;

/** `type` of a directory entry is that of the mode, shifted (DT_ of dirent.h). */
export const FILE_TYPE_SHIFT = 12;

/** Version that is spoken. */
export const MAJOR = 7;
export const MINOR = 39;
/** The oldest minor version whose structs are those of `structs.ts`. */
export const MINOR_OLDEST = 31;
/** The root's number, which is the kernel's choice. */
export const ROOT_NODEID = 1;
