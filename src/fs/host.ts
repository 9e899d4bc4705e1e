/** What every style of the face runs its calls with, and what it makes of them. */
import type { CallEnvironment } from './calls/step.js';
import type { Runner } from './runner.js';
import type { Watching } from './watch/watching.js';

export interface FaceHost {
  readonly runner: Runner;
  readonly environment: CallEnvironment;
  readonly watching: Watching;
}

/** Functions by the names that `node:fs` has for them; `FsFace` says their types. */
export type FaceFunctions = Record<string, unknown>;
