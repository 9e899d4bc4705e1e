/** How a program hears of changes. */

import { invalidOption, rejectUnknownOptions } from '../core/option-rules.js';

export interface SubscribeOptions {
  /**
   * Called in the place of changes that were left out, because this thread was blocked while more than
   * 65,536 were waiting for it. What is read from then on has all of them; what is committed later is
   * told again. @defaultValue a warning of the process
   */
  readonly onLost?: (() => void) | undefined;
}

/** What to do about changes that are lost. Throws ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID. */
export function checkSubscribeOptions(options: SubscribeOptions): () => void {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object');
  }
  rejectUnknownOptions(options, ['onLost']);
  const { onLost = warnOfLostChanges } = options;
  if (typeof onLost !== 'function') throw invalidOption('onLost', onLost, 'a function');
  return onLost;
}

/** Of who did not say what to do: it must not believe that it has heard of everything. */
function warnOfLostChanges(): void {
  process.emitWarning('Changes of a volume were left out: this thread did not take them.', {
    code: 'CABINETFS_CHANGES_LOST',
    detail: 'Give `subscribe` an `onLost`, and read anew there what is followed.',
  });
}
