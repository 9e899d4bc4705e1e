/**
 * `volume.fs`: the object shaped like `node:fs`. A plain object that may be changed, one for each volume,
 * because libraries patch it as they patch Node's.
 */
import { constants, Dirent, Stats } from 'node:fs';
import { toUnixTimestamp } from './arguments/times.js';
import { contentFunctions } from './callbacks/content.js';
import { pathFunctions } from './callbacks/paths.js';
import { Dir } from './dir.js';
import type { FsFace } from './face-types.js';
import type { FaceFunctions, FaceHost } from './host.js';
import { openAsBlob } from './open-as-blob.js';
import { createPromisesApi } from './promises.js';
import { createStreamClasses } from './streams.js';
import { createSyncApi } from './sync.js';

export function createFsFace(host: FaceHost): FsFace {
  const face: FaceFunctions = {
    ...pathFunctions(host),
    ...contentFunctions(host),
    ...createSyncApi(host),
    openAsBlob: openAsBlob(host),
    watch: host.watching.watch,
    watchFile: host.watching.watchFile,
    unwatchFile: host.watching.unwatchFile,
    // Only where links have modes of their own, which is not on Linux; the names are there, as in Node.
    lchmod: undefined,
    lchmodSync: undefined,
    Dirent,
    Stats,
    Dir,
    _toUnixTimestamp: toUnixTimestamp,
    promises: createPromisesApi(host),
  };
  addStreams(face);
  addConstants(face);
  return face as unknown as FsFace;
}

/** What a library puts in the place of a class is what `createReadStream` makes from then on. */
function addStreams(face: FaceFunctions): void {
  const { ReadStream, WriteStream } = createStreamClasses(face);
  const classOf = (name: string): typeof ReadStream => face[name] as typeof ReadStream;
  Object.assign(face, {
    ReadStream,
    WriteStream,
    FileReadStream: ReadStream,
    FileWriteStream: WriteStream,
    createReadStream: (path: unknown, options?: unknown) =>
      new (classOf('ReadStream'))(path, options),
    createWriteStream: (path: unknown, options?: unknown) =>
      new (classOf('WriteStream'))(path, options),
  });
}

function addConstants(face: FaceFunctions): void {
  const { F_OK, R_OK, W_OK, X_OK } = constants;
  for (const [name, value] of Object.entries({ F_OK, R_OK, W_OK, X_OK, constants })) {
    Object.defineProperty(face, name, { value, enumerable: true });
  }
}
