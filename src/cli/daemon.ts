/**
 * A command that goes on in the background. The same command runs in a process of its own, which has no
 * terminal and no directory of ours; who started it waits until it says that it is ready, or why not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { VolumeError } from '../index.js';
import { describeFailure, type Failure } from './failure.js';

/** Tells the process that it is one in the background. */
const VARIABLE = 'CABINET_DAEMON';

export interface MountDocument {
  readonly path: string;
  readonly dir: string;
  readonly readOnly: boolean;
  readonly transport: string;
  readonly pid: number;
}

type DaemonMessage =
  | { readonly kind: 'mounted'; readonly document: MountDocument }
  | { readonly kind: 'failed'; readonly failure: Failure };

export function isDaemon(): boolean {
  return process.env[VARIABLE] !== undefined && process.send !== undefined;
}

/** In the background: who started it need not wait any longer. */
export function tellMounted(document: MountDocument): Promise<void> {
  return tell({ kind: 'mounted', document });
}

/** The same for what went wrong; nothing when nobody waits any more. */
export async function tellFailure(error: unknown): Promise<void> {
  if (isDaemon() && process.connected) await tell({ kind: 'failed', failure: plain(error) });
}

/** Only what a message can carry. */
function plain(error: unknown): Failure {
  const { code, message, hint, path } = describeFailure(error);
  return { code, message, hint, path };
}

function tell(message: DaemonMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}

/** Runs the command in the background; resolves when it says that it is ready. */
export async function startDaemon(
  args: readonly string[],
  log: string | undefined,
): Promise<MountDocument> {
  const output = log === undefined ? 'ignore' : openSync(log, 'a');
  try {
    const child = spawn(
      process.execPath,
      [...process.execArgv, process.argv[1] as string, ...args],
      {
        cwd: '/',
        detached: true,
        stdio: ['ignore', output, output, 'ipc'],
        env: { ...process.env, [VARIABLE]: '1' },
      },
    );
    const document = await answerOf(child, log);
    child.unref();
    return document;
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

function answerOf(child: ChildProcess, log: string | undefined): Promise<MountDocument> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message: DaemonMessage) => {
      if (message.kind === 'mounted') resolve(message.document);
      else reject(new DaemonFailure(message.failure));
    });
    child.on('exit', (code, signal) => {
      reject(
        new VolumeError('ERR_MOUNT_FAILED', `The process ended with ${code ?? signal}.`, {
          hint: log === undefined ? 'Try it without --daemon.' : `See '${log}'.`,
        }),
      );
    });
  });
}

/** What the process in the background said. */
class DaemonFailure extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly path: string | undefined;

  constructor({ code, message, hint, path }: Failure) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.path = path;
  }
}
