/** What a call ends with when its `AbortSignal` fires. */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  /** `reason` becomes the cause. */
  constructor(reason?: unknown) {
    super('The operation was aborted', { cause: reason });
    // Own and enumerable, as on Node's; the header of the stack is composed from it.
    this.name = 'AbortError';
  }
}
