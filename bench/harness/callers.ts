/** Concurrent callers: each takes the next piece of work as soon as its last one is acknowledged. */

/** Runs `task(0)` to `task(count - 1)` with at most `callers` in flight. */
export async function runCallers(
  callers: number,
  count: number,
  task: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** Runs tasks with increasing numbers until `stop` is true; returns how many were done. */
export async function runCallersUntil(
  callers: number,
  stop: () => boolean,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (!stop()) {
      const index = next;
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return next;
}
