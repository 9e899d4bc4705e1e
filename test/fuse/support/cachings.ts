/** What the kernel may keep of a mount. Programs have to find the same with all of them. */
import type { MountedOptions } from './mounted.js';

export interface Caching {
  /** For titles of tests. */
  readonly name: string;
  readonly options: Pick<MountedOptions, 'cacheMs' | 'writeback'>;
}

export const CACHINGS: readonly Caching[] = [
  { name: 'the kernel keeps nothing', options: { cacheMs: 0 } },
  { name: 'the kernel keeps what it can', options: { cacheMs: 3_600_000 } },
  {
    name: 'the kernel gathers what is written',
    options: { cacheMs: 3_600_000, writeback: true },
  },
];

/** As a mount is when nothing is asked for. */
export const DEFAULT_CACHING: Caching = CACHINGS[1] as Caching;
