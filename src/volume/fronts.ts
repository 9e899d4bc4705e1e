/**
 * What a volume can be served through. Fronts are layers above this one, so the package's entry names
 * them here, each to be loaded when it is first asked for.
 */
import type { Volume } from './volume.js';

/** Something that makes a volume reachable, until it is closed. */
export interface Front extends AsyncDisposable {
  close(): Promise<void>;
}

/** How each front begins; extended by the fronts themselves. */
export interface FrontStarters {
  readonly serve: (volume: Volume, options: object) => Promise<Front>;
}

type Loaders = { readonly [K in keyof FrontStarters]: () => Promise<FrontStarters[K]> };

let known: Loaders | undefined;

/** Called once, by the package's entry. */
export function registerFronts(loaders: Loaders): void {
  known = loaders;
}

export async function loadFront<K extends keyof FrontStarters>(name: K): Promise<FrontStarters[K]> {
  const load = known?.[name];
  if (load === undefined) throw new Error(`The front '${name}' is not part of this build.`);
  return load();
}
