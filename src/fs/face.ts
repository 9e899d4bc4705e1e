/** `volume.fs`: the object shaped like `node:fs`. */
import { constants } from 'node:fs';
import type { FileHandleHost } from './file-handle.js';
import { createPromisesApi, type PromisesApi } from './promises.js';

export interface FsFace {
  readonly promises: PromisesApi;
  readonly constants: typeof constants;
}

export function createFsFace(host: FileHandleHost): FsFace {
  return Object.freeze({ promises: Object.freeze(createPromisesApi(host)), constants });
}
