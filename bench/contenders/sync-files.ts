/** `node:fs` and a volume as whole objects, for what callers do without promises. */
import * as nodeFs from 'node:fs';
import type { AsyncFiles } from './async-files.js';
import { openCabinet } from './cabinet.js';
import { openNodeFiles } from './node-promises.js';

export const NODE_SYNC = 'node:fs sync';

export interface SyncFiles extends AsyncFiles {
  readonly all: typeof nodeFs;
}

export type OpenSyncFiles = (folder: string) => Promise<SyncFiles>;

export async function openNodeSync(folder: string): Promise<SyncFiles> {
  return { ...(await openNodeFiles(folder)), all: nodeFs };
}

export async function openCabinetSync(folder: string): Promise<SyncFiles> {
  const files = await openCabinet(folder, 'normal');
  return { ...files, all: files.volume.fs };
}
