/** The option `ifVersion`, ours beside Node's. */
import type { Precondition, Target } from '../../writer/commands.js';
import { validateInteger } from '../arguments/integers.js';

/** The precondition that `options.ifVersion` asks for, if any. */
export function versionCondition(
  options: unknown,
  target: Target,
  follow: boolean,
): readonly Precondition[] | undefined {
  if (typeof options !== 'object' || options === null || !('ifVersion' in options))
    return undefined;
  const version = options.ifVersion;
  if (version === undefined) return undefined;
  validateInteger(version, 'options.ifVersion', 0);
  return [{ target, version, follow }];
}
