/** Loaded by the writer thread as if it were a repair: what can befall it, on demand. */
import { OutcomeUnknown } from '#src/writer/batch.js';
import type { Repair } from '#src/writer/repair-module.js';

export type Trouble =
  /** Stands still until the first cell is no longer 0; the second tells that it does. */
  | { readonly kind: 'block'; readonly cells: Int32Array }
  /** The thread ends. */
  | { readonly kind: 'exit' }
  /** The outcome of a commit is unknown. */
  | { readonly kind: 'fail' };

const trouble: Repair = (_ctx, { input }) => {
  const asked = input as Trouble;
  switch (asked.kind) {
    case 'block':
      Atomics.store(asked.cells, 1, 1);
      Atomics.wait(asked.cells, 0, 0);
      return null;
    case 'exit':
      return process.exit(1);
    case 'fail':
      throw new OutcomeUnknown('the volume', new Error('made up'));
  }
};

export default trouble;
