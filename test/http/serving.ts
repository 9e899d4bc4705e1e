/** `cabinet serve` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { CABINET } from '../cli/cabinet.js';

export interface Serving {
  readonly child: ChildProcess;
  /** The first line that it said. */
  readonly line: string;
  readonly said: Promise<string>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/** Starts it on a free port and waits for its first line. */
export async function startServing(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const child = spawn(process.execPath, [CABINET, 'serve', ...args, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const said = text(child.stderr);
  const ended = once(child, 'exit') as Serving['ended'];
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), ended]);
  if (typeof first[0] !== 'string') throw new Error(`it ended: ${await said}`);
  return { child, line: first[0], said, ended };
}
