/** What every command does around its own work: open the volume, listen for Ctrl-C, close. */
import type { Durability, OpenOptions } from '../core/options.js';
import { openVolume } from '../volume/open.js';
import type { Volume } from '../volume/volume.js';
import { Output } from './output.js';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly durability?: Durability;
}

export function outputOf({ json = false, quiet = false }: CommonOptions): Output {
  return new Output({ json, quiet });
}

/** Nothing the command line does with a view takes longer than the longest timer. */
const VIEW_AGE_MAX_MS = 2 ** 31 - 1;

/** Runs `work` on a volume that is open for reading only. */
export function reading<T>(path: string, work: (volume: Volume) => Promise<T>): Promise<T> {
  return withVolume(
    path,
    { readOnly: true, verifyReads: true, snapshotAgeMaxMs: VIEW_AGE_MAX_MS },
    work,
  );
}

/** Runs `work` on an existing volume that is open for writing. */
export function writing<T>(
  path: string,
  options: CommonOptions,
  work: (volume: Volume) => Promise<T>,
): Promise<T> {
  const opened = { create: false, snapshotAgeMaxMs: VIEW_AGE_MAX_MS, ...durabilityOf(options) };
  return withVolume(path, opened, work);
}

export function durabilityOf({ durability }: CommonOptions): OpenOptions {
  return durability === undefined ? {} : { durability };
}

export function withVolume<T>(
  path: string,
  options: OpenOptions,
  work: (volume: Volume) => Promise<T>,
): Promise<T> {
  return withOpened(openVolume(path, options), work);
}

/** Runs `work` on the volume that `opening` gives, and closes it. */
export async function withOpened<T>(
  opening: Promise<Volume>,
  work: (volume: Volume) => Promise<T>,
): Promise<T> {
  const volume = await opening;
  let failure: { readonly reason: unknown } | undefined;
  try {
    return await work(volume);
  } catch (error) {
    failure = { reason: error };
    throw error;
  } finally {
    await volume.close().catch((error: unknown) => {
      // What went wrong first is what the person must hear.
      if (failure === undefined) throw error;
    });
  }
}

/** Runs `work` with a signal that Ctrl-C fires; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    controller.abort();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
