/** A contender whose rounds all use one thing that is opened once. */
import type { Contender, Readings } from './scenario.js';

export interface Closable {
  close(): void | Promise<void>;
}

/** `open` makes and fills it; `use` is one round; it is closed after the last round. */
export function fixtureContender<T extends Closable>(
  name: string,
  open: (folder: string) => Promise<T>,
  use: (fixture: T, roundIndex: number) => Promise<Readings>,
): Contender {
  let fixture: T | undefined;
  return {
    name,
    prepare: async (folder) => {
      fixture = await open(folder);
    },
    run: async ({ index }) => await use(fixture as T, index),
    dispose: async () => {
      await fixture?.close();
      fixture = undefined;
    },
  };
}
