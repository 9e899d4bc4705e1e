/** cabinetfs itself, loaded only when a scenario needs it: the others run without it. */
import { join } from 'node:path';
import type { AsyncFiles, OpenFiles, PromisesFs } from './async-files.js';

type CabinetModule = typeof import('#src/index.js');
export type Volume = Awaited<ReturnType<CabinetModule['openVolume']>>;
export type Durability = 'full' | 'interval' | 'normal' | 'off';

export interface CabinetFiles extends AsyncFiles {
  readonly volume: Volume;
}

/** The name a contender has in tables and goals. */
export function cabinetName(durability: Durability): string {
  return `cabinetfs ${durability}`;
}

export function volumePath(folder: string): string {
  return join(folder, 'files.cabinet');
}

/** A volume in `folder`, created when there is none. */
export async function openCabinet(
  folder: string,
  durability: Durability = 'normal',
  options: Parameters<CabinetModule['openVolume']>[1] = {},
): Promise<CabinetFiles> {
  const { openVolume } = await loadProduct();
  const volume = await openVolume(volumePath(folder), { ...options, durability });
  const fs: PromisesFs = volume.fs.promises as unknown as PromisesFs;
  return { volume, fs, root: '', close: async () => await volume.close() };
}

export function cabinetOpener(durability: Durability): OpenFiles {
  return async (folder) => await openCabinet(folder, durability);
}

async function loadProduct(): Promise<CabinetModule> {
  try {
    return await import('#src/index.js');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cabinetfs could not be loaded (is it built?): ${reason}`, { cause });
  }
}
