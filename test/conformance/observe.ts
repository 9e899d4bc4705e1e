/** One run of one case on one subject in one style, and everything that can be seen of it. */
import type { FileHandle } from 'node:fs/promises';
import { normalise } from '../support/normalise.js';
import type { FsPromises, Subject } from '../support/subject.js';
import { captureTree, type Tree } from '../support/tree.js';
import type { Case, CaseContext, Outcome } from './case.js';
import type { CallbackLog } from './styles/callback.js';
import { NumberedHandle } from './styles/numbered-handle.js';
import { inStyle, type Style, speakerOf } from './styles/style.js';

/** Longest one case may take on one subject, in milliseconds; a hang is an outcome, not a stall. */
const CASE_TIME_MS_MAX = 15_000;
/** Longest to wait for handles that a case left open, in milliseconds. */
const CLOSE_TIME_MS_MAX = 500;

export interface Observed {
  readonly outcome: Outcome | 'hung';
  readonly tree: Tree | Outcome;
  /** How callbacks were called, in no order: side by side they come as they like. */
  readonly callbacks: CallbackLog;
}

/** A subject and the way to prepare and inspect it. */
export interface Stage {
  readonly subject: Subject;
  readonly plain: FsPromises;
}

/** On the disk sync functions are the fastest by far; elsewhere many writes make one commit. */
export function stageOf(subject: Subject): Stage {
  const { name, face } = subject;
  return { subject, plain: inStyle(name === 'volume' ? 'promises' : 'sync', face, []) };
}

/** Runs a case in a new folder of the subject, and removes the folder. */
export async function observe(
  each: Case,
  { subject, plain }: Stage,
  style: Style,
  name: string,
  timeMsMax = CASE_TIME_MS_MAX,
): Promise<Observed> {
  const folder = `${subject.root}/${name}`;
  await plain.mkdir(folder);
  const handles: FileHandle[] = [];
  const callbacks: CallbackLog = [];
  const c = contextIn({ subject, plain }, style, folder, handles, callbacks);
  try {
    await each.setup?.({ ...c, fs: plain });
    const outcome = await within(
      timeMsMax,
      c.attempt(async () => each.run(c)),
    );
    await closeAll(handles);
    const tree = leavesPart(each, style) ? {} : await treeOf(plain, folder);
    return { outcome, tree, callbacks: each.eager ? [] : callbacks.sort() };
  } finally {
    await closeAll(handles);
    await plain.rm(folder, { recursive: true, force: true });
  }
}

function leavesPart({ leavesPart: styles = false }: Case, style: Style): boolean {
  return typeof styles === 'boolean' ? styles : styles.includes(style);
}

function contextIn(
  { subject, plain }: Stage,
  style: Style,
  folder: string,
  handles: FileHandle[],
  callbacks: CallbackLog,
): CaseContext {
  const { face } = subject;
  const fs = inStyle(style, face, callbacks);
  const speak = speakerOf(style, face, callbacks);
  const at = (relative?: string): string =>
    relative === undefined ? folder : `${folder}/${relative}`;
  return {
    fs,
    plain,
    call: (name, ...args) => speak(name, args),
    face,
    style,
    at,
    attempt: (action) => attemptIn(folder, action),
    open: async (relative, flags, mode) => {
      const handle = await fs.open(at(relative), flags, mode);
      handles.push(handle);
      return handle;
    },
  };
}

async function attemptIn(folder: string, action: () => unknown): Promise<Outcome> {
  let pending: unknown;
  try {
    pending = action();
  } catch (error) {
    return { threwAtOnce: normalise(error, folder) };
  }
  try {
    return { returned: normalise(await pending, folder) };
  } catch (error) {
    return { threw: normalise(error, folder) };
  }
}

async function treeOf(fs: FsPromises, folder: string): Promise<Tree | Outcome> {
  try {
    return await captureTree(fs, folder);
  } catch (error) {
    return { threw: normalise(error, folder) };
  }
}

/** Closes what the case left open. A close that fails or waits for a stream is none of its business. */
async function closeAll(handles: FileHandle[]): Promise<void> {
  const closing = handles.splice(0).map(async (handle) => {
    if (handle instanceof NumberedHandle) await handle.cleanUp();
    else await handle.close();
  });
  await within(CLOSE_TIME_MS_MAX, Promise.allSettled(closing));
}

/** The result of `pending`, or `hung` when it takes longer than `ms` milliseconds. */
async function within<T>(ms: number, pending: Promise<T>): Promise<T | 'hung'> {
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<'hung'>((resolve) => {
    timer = setTimeout(() => resolve('hung'), ms);
  });
  try {
    return await Promise.race([pending, alarm]);
  } finally {
    clearTimeout(timer);
  }
}
