/** Loaded by `secrets.test.ts` into a command and its threads: notes what they, and what they start, can see. */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

export interface Seen {
  readonly kind: 'command' | 'thread' | 'process';
  readonly arguments: string;
  readonly environment: string;
}

function note(seen: Seen): void {
  appendFileSync(process.env.CABINET_TEST_SEEN as string, `${JSON.stringify(seen)}\n`);
}

function argumentsOf(pid: number | 'self'): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
}

note({
  kind: isMainThread ? 'command' : 'thread',
  arguments: argumentsOf('self'),
  environment: JSON.stringify(process.env),
});

// Not all of them inherit NODE_OPTIONS: the system tells what they got.
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  child.once('spawn', () => {
    const pid = child.pid as number;
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    note({ kind: 'process', arguments: argumentsOf(pid), environment });
  });
});
