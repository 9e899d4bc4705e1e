/** How a program hears of changes. */

export interface SubscribeOptions {
  /**
   * Called in the place of changes that were left out, because this thread was blocked while more than
   * 65,536 were waiting for it. What is read from then on has all of them; what is committed later is
   * told again. @defaultValue a warning of the process
   */
  readonly onLost?: (() => void) | undefined;
}

/** Of who did not say what to do: it must not believe that it has heard of everything. */
export function warnOfLostChanges(): void {
  process.emitWarning('Changes of a volume were left out: this thread did not take them.', {
    code: 'CABINETFS_CHANGES_LOST',
    detail: 'Give `subscribe` an `onLost`, and read anew there what is followed.',
  });
}
