/** `node:fs/promises`, as it is and with the syncs that make a write survive a power cut. */
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AsyncFiles, PromisesFs } from './async-files.js';

export const NODE_PROMISES = 'node:fs/promises';
export const NODE_PROMISES_SYNCED = 'node:fs/promises + fsync';

export async function openNodeFiles(folder: string): Promise<AsyncFiles> {
  return { fs: promises, root: folder, close: async () => {} };
}

/** `writeFile` syncs the file and then the directory that names it. */
export async function openSyncedNodeFiles(folder: string): Promise<AsyncFiles> {
  const writeFile = (async (path: string, data: Buffer): Promise<void> => {
    const file = await promises.open(path, 'w');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(dirname(path));
  }) as PromisesFs['writeFile'];
  return { fs: { ...promises, writeFile }, root: folder, close: async () => {} };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await promises.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
