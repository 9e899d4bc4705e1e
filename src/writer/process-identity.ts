/**
 * Which process a number means, so that one that has ended is known at once and a number that was given
 * out again is not taken for it.
 *
 * Linux tells all that is needed in /proc. Elsewhere there is no identity, and the silence of a session
 * decides (`sessions.ts`). A process in another PID namespace (a container) is never judged by its
 * number, which means nothing here.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** The system and the set of process numbers that this process lives in. */
let here: string | undefined;

function whereabouts(): string {
  here ??= `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  return here;
}

interface ProcessState {
  readonly isZombie: boolean;
  /** Clock ticks from the start of the system to that of the process. */
  readonly startTicks: string;
}

/** State of a process by /proc/<pid>/stat; undefined when that cannot be read. */
function stateOf(pid: number): ProcessState | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in brackets and may hold anything, brackets too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (startTicks === undefined) return undefined;
    return { isZombie: state === 'Z' || state === 'X', startTicks };
  } catch {
    return undefined;
  }
}

/** What tells the process apart from every other, now and later; null where the system does not tell. */
export function identityOf(pid: number): string | null {
  try {
    const startTicks = stateOf(pid)?.startTicks;
    return startTicks === undefined ? null : `${whereabouts()} ${startTicks}`;
  } catch {
    return null;
  }
}

/** Whether there is certainly no such process any more. */
export function hasEnded(pid: number, identity: string | null): boolean {
  if (identity === null) return false;
  try {
    if (!identity.startsWith(`${whereabouts()} `)) return false;
  } catch {
    return false;
  }
  if (!processExists(pid)) return true;
  const state = stateOf(pid);
  // A system may hide the processes of others: then nothing is known.
  if (state === undefined) return false;
  return state.isZombie || `${whereabouts()} ${state.startTicks}` !== identity;
}

/** Whether there is a process of that number now. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
