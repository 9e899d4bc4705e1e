/**
 * Runs a scenario of `durability-child.js` under strace and reads which files it wrote and synced.
 */
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenOptions } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const CHILD = fileURLToPath(new URL('./durability-child.js', import.meta.url));
const CALLS = 'pwrite64,fsync,fdatasync,write,ftruncate';

/**
 * One thing that happened to a file of the volume, or a mark of the scenario, in order of
 * completion.
 */
export interface Event {
  readonly what: 'write' | 'sync' | 'mark';
  /** `main`, `wal` or `shm`; the text of a mark. */
  readonly on: string;
}

/** Why strace cannot be used here, undefined when it can. */
export function whyNoTrace(): string | undefined {
  if (process.platform !== 'linux') return 'strace exists on Linux only';
  const { error, status } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? undefined : 'strace may not trace processes here';
}

export async function trace(scenario: string, options: OpenOptions): Promise<Event[]> {
  return await withFolder(async (folder) => {
    const output = join(folder, 'trace');
    const file = join(folder, 'test.cabinet');
    // -y: paths of descriptors in the output.
    const strace = ['-f', '-y', '-s', '64', '-e', `trace=${CALLS}`, '-o', output];
    const child = [process.execPath, CHILD, file, JSON.stringify(options), scenario];
    await promisify(execFile)('strace', [...strace, ...child]);
    return eventsOf(await readFile(output, 'utf8'), file);
  });
}

/** A call that another thread interrupted in the output is counted where it ended. */
function eventsOf(output: string, file: string): Event[] {
  const unfinished = new Map<string, string>();
  const events: Event[] = [];
  for (const line of output.split('\n')) {
    const [thread = '', ...rest] = line.split(/\s+/);
    let call = rest.join(' ');
    if (call.includes('<unfinished ...>')) {
      unfinished.set(thread, call);
      continue;
    }
    if (call.startsWith('<... ')) {
      call = `${unfinished.get(thread) ?? ''}${call.slice(call.indexOf('resumed>'))}`;
    }
    const event = eventOf(call, file);
    if (event !== undefined) events.push(event);
  }
  return events;
}

function eventOf(call: string, file: string): Event | undefined {
  const mark = /^write\(1<[^>]*>, "MARK ([^\\]+)\\n"/.exec(call);
  if (mark !== null) return { what: 'mark', on: mark[1] as string };
  const path = /^(pwrite64|fsync|fdatasync|write)\(\d+<([^>]*)>/.exec(call);
  if (path === null || !path[2]?.startsWith(file)) return undefined;
  // A failed call is nothing that happened.
  if (/= -1 /.test(call)) return undefined;
  const suffix = path[2].slice(file.length);
  const on = suffix === '' ? 'main' : suffix.slice(1);
  return { what: path[1]?.includes('sync') ? 'sync' : 'write', on };
}

/** What happened between two marks. */
export function betweenMarks(events: readonly Event[], from: string, to: string): Event[] {
  const place = (text: string): number =>
    events.findIndex(({ what, on }) => what === 'mark' && on === text);
  if (place(from) < 0 || place(to) < 0) throw new Error(`no marks '${from}' and '${to}'`);
  return events.slice(place(from) + 1, place(to));
}

export function syncsOf(events: readonly Event[], on: string): number {
  return events.filter((event) => event.what === 'sync' && event.on === on).length;
}

/** Whether the last write to a file was followed by a sync of it. */
export function isSyncedAtEnd(events: readonly Event[], on: string): boolean {
  const own = events.filter((event) => event.on === on);
  return (
    own.findLastIndex(({ what }) => what === 'sync') >
    own.findLastIndex(({ what }) => what === 'write')
  );
}
