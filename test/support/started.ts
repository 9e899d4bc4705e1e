/** Processes that a test has started: none of them outlives it, whether it failed or forgot one. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const started = new AsyncLocalStorage<Set<ChildProcess>>();

/** Runs `fn`, and ends what it has started and left. A process that lives on would keep ava waiting for ever. */
export async function endingWhatStarts<T>(fn: () => Promise<T>): Promise<T> {
  const children = new Set<ChildProcess>();
  try {
    return await started.run(children, fn);
  } finally {
    await Promise.all([...children].map(end));
  }
}

/** Has `child` ended with the test that started it. */
export function noteStarted(child: ChildProcess): void {
  const children = started.getStore();
  children?.add(child);
  child.once('exit', () => children?.delete(child));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
