/**
 * Named places at which a test can have the process killed. Off unless the environment says so, which is
 * for tests only: `CABINET_FAILPOINT=batch:committed`, or with a number (`batch:committed#3`) when it is
 * the third time that a thread comes there.
 *
 * The names are those between two steps that must not be seen half done; the crash run reaches them all.
 */
export const FAILPOINTS = [
  'open:created',
  'open:entered',
  'batch:applied',
  'batch:committing',
  'batch:committed',
  'reaper:slice',
  'checkpoint:begin',
  'checkpoint:end',
  'checkpoint:beside',
  'vacuum:slice',
  'sync:begin',
  'sync:end',
  'close:left',
  'close:moved',
  'migrate:copied',
  'migrate:applied',
  'migrate:committed',
  'backup:copied',
  'backup:described',
  'backup:placed',
  'restore:verified',
  'restore:placed',
  'swap:retired',
  'swap:named',
  'swap:renamed',
  'compact:written',
  'mount:mounted',
  'mount:answering',
  'archive:segment',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const [wanted, times = '1'] = (process.env.CABINET_FAILPOINT ?? '').split('#');
let left = Number(times);

/** An empty function when nothing is asked for. */
export const failpoint: (name: Failpoint) => void =
  wanted === '' ? () => undefined : (name) => reach(name);

function reach(name: Failpoint): void {
  if (name !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
