/** Options of `cp`. */
import { cpMode } from './mode.js';
import { incompatibleOptions } from './node-error.js';
import { validateBoolean, validateFunction, validateObject } from './types.js';

/** May answer with a promise, except in `cpSync`. */
export type CpFilter = (src: string, dest: string) => unknown;

export interface CpOptions {
  readonly dereference: boolean;
  readonly errorOnExist: boolean;
  readonly filter: CpFilter | undefined;
  readonly force: boolean;
  /** COPYFILE_* flags. */
  readonly mode: number;
  readonly preserveTimestamps: boolean;
  readonly recursive: boolean;
  readonly verbatimSymlinks: boolean;
}

const CP_DEFAULTS: CpOptions = {
  dereference: false,
  errorOnExist: false,
  filter: undefined,
  force: true,
  mode: 0,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
};

/** In the order Node checks them. */
const CP_SWITCHES = [
  'dereference',
  'errorOnExist',
  'force',
  'preserveTimestamps',
  'recursive',
  'verbatimSymlinks',
] as const;

export function validateCpOptions(options: unknown): CpOptions {
  if (options === undefined) return CP_DEFAULTS;
  validateObject(options, 'options');
  const given: CpOptions = { ...CP_DEFAULTS, ...options };
  for (const name of CP_SWITCHES) validateBoolean(given[name], `options.${name}`);
  const mode = cpMode(given.mode);
  if (given.dereference && given.verbatimSymlinks) {
    throw incompatibleOptions('dereference', 'verbatimSymlinks');
  }
  if (given.filter !== undefined) validateFunction(given.filter, 'options.filter');
  return { ...given, mode };
}
