/** The ways to mount that answer as a disk does, each of which the whole suite runs on. */
import type { MountedOptions } from '../support/mounted.js';

export interface Mounting {
  readonly name: string;
  readonly options: MountedOptions;
}

export const MOUNTINGS: readonly Mounting[] = [
  { name: 'nothing is kept', options: { cacheMs: 0 } },
  { name: 'names and attributes are kept', options: { cacheMs: 3_600_000 } },
];
