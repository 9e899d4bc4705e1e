/**
 * What a volume can be served through. Fronts are layers above this one, so the package's entry names
 * them here, each to be loaded when it is first asked for.
 */
import type { ServeOptions } from '../core/serve-options.js';
import { volumeClosed } from '../writer/client-errors.js';
import type { Volume } from './volume.js';

/** Something that makes a volume reachable, until it is closed. */
export interface Front extends AsyncDisposable {
  /** Resolves when it has ended, however that came. */
  readonly closed: Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A volume over HTTP. It keeps the process alive, as a server of `node:http` does, unless `unref`. */
export interface VolumeServer extends Front {
  /** For this machine, for example `http://127.0.0.1:9464`. */
  readonly url: string;
  /** As it was asked for. */
  readonly host: string;
  /** The port that was taken. */
  readonly port: number;
  /** The process stays alive for the server (again). */
  ref(): void;
  /** The process may end although the server listens. */
  unref(): void;
}

/** How each front begins; extended by the fronts themselves. */
export interface FrontStarters {
  readonly serve: (volume: Volume, options: ServeOptions) => Promise<VolumeServer>;
}

type Loaders = { readonly [K in keyof FrontStarters]: () => Promise<FrontStarters[K]> };

let known: Loaders | undefined;

/** Called once, by the package's entry. */
export function registerFronts(loaders: Loaders): void {
  known = loaders;
}

async function loadFront<K extends keyof FrontStarters>(name: K): Promise<FrontStarters[K]> {
  const load = known?.[name];
  if (load === undefined) throw new Error(`The front '${name}' is not part of this build.`);
  return load();
}

/** The fronts of one volume, which end before it does. */
export class Fronts {
  readonly #open = new Set<Front>();
  #isClosing = false;

  async serve(volume: Volume, options: ServeOptions): Promise<VolumeServer> {
    const start = await loadFront('serve');
    return this.#keep(volume, await start(volume, options));
  }

  /** The volume may have been closed while the front began. */
  async #keep<T extends Front>(volume: Volume, front: T): Promise<T> {
    if (this.#isClosing) {
      await front.close();
      throw volumeClosed(volume.path);
    }
    this.#open.add(front);
    front.closed.finally(() => this.#open.delete(front));
    return front;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#open].map((front) => front.close()));
  }
}
