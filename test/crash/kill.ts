/** One life of the child, and its end: by the clock or at a failpoint. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Failpoint } from '#src/core/failpoint.js';
import { between, type Random } from '../support/random.js';
import type { CrashTask } from './crash-child.js';

const CHILD = fileURLToPath(new URL('./crash-child.js', import.meta.url));
const START_MAX_MS = 300;
export type KillChoice =
  | {
      readonly at: Failpoint;
      readonly time: number;
      /** When it has not come there by then, it is killed where it is, in milliseconds. */
      readonly patienceMs: number;
    }
  | { readonly at: 'starting' | 'working'; readonly lifeMaxMs: number };

/** `early`: it had done its work before. `late`: it did not come to the failpoint. */
export type KillEnd = 'killed' | 'early' | 'late';

export async function liveAndDie(
  task: CrashTask,
  choice: KillChoice,
  random: Random,
): Promise<KillEnd> {
  const isNamed = 'time' in choice;
  let isLate = false;
  const env = { ...process.env };
  if (isNamed) env.CABINET_FAILPOINT = `${choice.at}#${choice.time}`;
  const child = fork(CHILD, [JSON.stringify(task)], { execArgv: [], env, stdio: STDIO });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // Not `exit`: a program on a mount, which shares the pipe, ends after it.
  const ended = once(child, 'close');
  if (isNamed) {
    await Promise.race([pause(choice.patienceMs, undefined, { ref: false }), ended]);
    isLate = child.kill('SIGKILL');
  } else {
    if (choice.at === 'working') await Promise.race([once(child, 'message'), ended]);
    const lifeMaxMs = choice.at === 'starting' ? START_MAX_MS : choice.lifeMaxMs;
    await Promise.race([pause(between(random, 0, lifeMaxMs)), ended]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  if (signal === 'SIGKILL') return isLate ? 'late' : 'killed';
  if (code === 0) return 'early';
  throw new Error(`the child ended by itself with ${code ?? signal}: ${said}`);
}

const STDIO = ['ignore', 'ignore', 'pipe', 'ipc'] as const as ['ignore', 'ignore', 'pipe', 'ipc'];
