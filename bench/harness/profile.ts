/**
 * Where the threads of a process spend their time: reads the profiles that `node --cpu-prof` writes, one for each thread, and
 * adds up the samples by the folder of `src/` that they fell into. What Node does for a function of ours counts as ours.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** The format of `.cpuprofile`: `Profiler.Profile` of the DevTools protocol; times in microseconds. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export const THREADS = ['caller', 'writer', 'checkpoints'] as const;
export type Thread = (typeof THREADS)[number];

export const ROOMS = [
  'SQLite and its driver',
  'src/ops, store: what a call means in rows',
  'src/writer: queue, batches, answers',
  'src/fs, volume: arguments, results',
  'the rest of src',
  'messages between the threads',
  'garbage collection',
  'Node and V8, loading too',
  'looking for the next message',
  'asleep',
] as const;
export type Room = (typeof ROOMS)[number];

const [SQLITE, OPS, WRITER, FS, REST, MESSAGES, GARBAGE, NODE, LOOKING, ASLEEP] = ROOMS;

/** Microseconds by room. */
export type Breakdown = ReadonlyMap<Room, number>;

const LOOKING_FILES = /\/src\/writer\/(doorbell|company|short-wait)\.js$/;
/** Where the optimizing compiler has put the loop itself. */
const LOOKING_FUNCTIONS: ReadonlySet<string> = new Set(['#turn', '#awaitCompany', '#hasMessage']);
const MESSAGE_FUNCTIONS: ReadonlySet<string> = new Set(['postMessage', 'receiveMessageOnPort']);
const OF_V8: Readonly<Record<string, Room>> = {
  '(idle)': ASLEEP,
  '(garbage collector)': GARBAGE,
  '(program)': NODE,
  '(root)': NODE,
};
const OF_FOLDER: Readonly<Record<string, Room>> = {
  sqlite: SQLITE,
  ops: OPS,
  store: OPS,
  writer: WRITER,
  fs: FS,
  volume: FS,
};

/** Reads all profiles in the folder. */
export async function readBreakdowns(folder: string): Promise<ReadonlyMap<Thread, Breakdown>> {
  const breakdowns = new Map<Thread, Map<Room, number>>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.cpuprofile')) continue;
    const profile = JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile;
    const thread = threadOf(profile);
    const breakdown = breakdowns.get(thread) ?? new Map<Room, number>();
    breakdowns.set(thread, breakdown);
    addUp(profile, breakdown);
  }
  return breakdowns;
}

function threadOf({ nodes }: Profile): Thread {
  const has = (file: string): boolean =>
    nodes.some(({ callFrame }) => callFrame.url.endsWith(file));
  if (has('/src/writer/thread.js')) return 'writer';
  return has('/src/writer/checkpoint-task.js') ? 'checkpoints' : 'caller';
}

function addUp({ nodes, samples, timeDeltas }: Profile, breakdown: Map<Room, number>): void {
  const roomOf = roomsOf(nodes);
  for (const [index, id] of samples.entries()) {
    const room = roomOf.get(id) ?? NODE;
    breakdown.set(room, (breakdown.get(room) ?? 0) + (timeDeltas[index] ?? 0));
  }
}

/** The room of each node: its own, or that of the nearest caller who has one. */
function roomsOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Room> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rooms = new Map<number, Room>();
  const visit = ({ id, callFrame, children = [] }: ProfileNode, ofCaller: Room): void => {
    const room = ownRoom(callFrame) ?? ofCaller;
    rooms.set(id, room);
    for (const child of children) visit(byId.get(child) as ProfileNode, room);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, NODE);
  return rooms;
}

function ownRoom({ functionName, url }: CallFrame): Room | undefined {
  const ofV8 = OF_V8[functionName];
  if (ofV8 !== undefined) return ofV8;
  if (MESSAGE_FUNCTIONS.has(functionName)) return MESSAGES;
  if (url.includes('/node_modules/better-sqlite3/')) return SQLITE;
  if (LOOKING_FILES.test(url)) return LOOKING;
  const folder = /\/src\/([^/]+)\/[^.]+\.js$/.exec(url)?.[1];
  if (folder === undefined) return undefined;
  if (folder === 'writer' && LOOKING_FUNCTIONS.has(functionName)) return LOOKING;
  return OF_FOLDER[folder] ?? REST;
}
