/** Loaded by the writer thread as if it were a repair: stands still until it is told to go on. */

/** The first cell is what it waits for; the second tells that it does. */
export default function block(_ctx: unknown, { input }: { readonly input: Int32Array }): null {
  Atomics.store(input, 1, 1);
  Atomics.wait(input, 0, 0);
  return null;
}
