/** cabinetfs: a filesystem in one SQLite file. */
export type { Change } from './core/change.js';
export type { ErrnoCode } from './core/errno.js';
export { FsError, VolumeError, type VolumeErrorCode } from './core/errors.js';
export type { Durability, OpenOptions, QueuePolicy } from './core/options.js';
export type { Dir } from './fs/dir.js';
export type { Dirent } from './fs/dirent.js';
export type { FsFace } from './fs/face.js';
export type { FileHandle } from './fs/file-handle.js';
export type { PromisesApi } from './fs/promises.js';
export type { BigIntStats, Stats } from './fs/stats.js';
export type { Transaction } from './fs/transaction.js';
export type { CheckpointMode, CheckpointResult } from './sqlite/wal.js';
export { openVolume } from './volume/open.js';
export type { TransactionOptions, Volume, VolumeState } from './volume/volume.js';
