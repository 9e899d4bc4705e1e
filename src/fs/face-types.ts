/**
 * Types of `volume.fs`: those of `node:fs`, so that it goes wherever that is asked for, and beside them
 * the option `ifVersion` of the functions that change a file.
 */
import type * as nodeFs from 'node:fs';
import type * as nodePromises from 'node:fs/promises';
import type { VersionOption } from './calls/step.js';
import type { Watching } from './watch/watching.js';

type NodeFs = typeof nodeFs;
type NodePromises = typeof nodePromises;

type Path = nodeFs.PathLike;
type Time = nodeFs.TimeLike;
type Data = string | NodeJS.ArrayBufferView;
type PromisesData = Parameters<NodePromises['writeFile']>[1];
type ContentOptions = nodeFs.ObjectEncodingOptions & {
  mode?: nodeFs.Mode | undefined;
  flag?: nodeFs.OpenMode | undefined;
  flush?: boolean | undefined;
  signal?: AbortSignal | undefined;
} & VersionOption;

/** The arguments of the form with `ifVersion`, without the callback. */
interface Versioned<D = Data> {
  appendFile: [path: Path, data: D, options: ContentOptions];
  chmod: [path: Path, mode: nodeFs.Mode, options: VersionOption];
  chown: [path: Path, uid: number, gid: number, options: VersionOption];
  lchown: [path: Path, uid: number, gid: number, options: VersionOption];
  lutimes: [path: Path, atime: Time, mtime: Time, options: VersionOption];
  rename: [oldPath: Path, newPath: Path, options: VersionOption];
  rm: [path: Path, options: nodeFs.RmOptions & VersionOption];
  rmdir: [path: Path, options: nodeFs.RmDirOptions & VersionOption];
  truncate: [path: Path, len: number | undefined, options: VersionOption];
  unlink: [path: Path, options: VersionOption];
  utimes: [path: Path, atime: Time, mtime: Time, options: VersionOption];
  writeFile: [path: Path, data: D, options: ContentOptions];
}

type VersionedPromises = {
  [K in keyof Versioned]: NodePromises[K] &
    ((...args: Versioned<PromisesData>[K]) => Promise<void>);
};

type VersionedCallbacks = {
  [K in keyof Versioned]: NodeFs[K] &
    ((...args: [...Versioned[K], callback: nodeFs.NoParamCallback]) => void);
};

type VersionedSync = {
  [K in keyof Versioned as `${K}Sync`]: NodeFs[`${K}Sync`] & ((...args: Versioned[K]) => void);
};

type WatchFunctions = Pick<Watching, 'watch' | 'watchFile' | 'unwatchFile'>;

/** `volume.fs.promises` */
export interface FsPromises
  extends Omit<NodePromises, 'watch' | keyof VersionedPromises>,
    VersionedPromises {
  readonly watch: Watching['events'];
}

/** `volume.fs` */
export interface FsFace
  extends Omit<
      NodeFs,
      'promises' | keyof WatchFunctions | keyof VersionedCallbacks | keyof VersionedSync
    >,
    VersionedCallbacks,
    VersionedSync,
    WatchFunctions {
  readonly promises: FsPromises;
}
