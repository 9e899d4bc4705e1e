/** Runs fsx.py, and does through the library what it asks for (see there). */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { projectPath } from '../../support/project.js';
import type { Mounted } from '../support/mounted.js';

const SCRIPT = projectPath('test/fuse/semantics/fsx.py');
const FILE = '/fsx';

type Fs = Mounted['volume']['fs']['promises'];

/** Answers by the first word of the question; what is no question is undefined. */
async function answer(
  fs: Fs,
  [word, first, second]: readonly string[],
): Promise<string | undefined> {
  if (word === 'look') {
    const content = await fs.readFile(FILE);
    return `${content.length} ${createHash('sha256').update(content).digest('hex')}`;
  }
  if (word === 'write') {
    await using file = await fs.open(FILE, 'r+');
    const bytes = Buffer.from(second ?? '', 'hex');
    await file.write(bytes, 0, bytes.length, Number(first));
    return 'done';
  }
  if (word !== 'truncate') return undefined;
  await fs.truncate(FILE, Number(first));
  return 'done';
}

export interface FsxRun {
  readonly status: number | null;
  /** What it said that was no question. */
  readonly said: string;
  readonly questions: number;
}

/** `beside`: what it may ask for, `reads` or `writes`; then `gathers` when the kernel does. */
export async function runFsx(
  { dir, volume }: Mounted,
  seed: number,
  operations: number,
  beside: readonly string[],
): Promise<FsxRun> {
  const args = [SCRIPT, dir, String(seed), String(operations), ...beside];
  const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  // Who ends early leaves an answer unread.
  child.stdin.on('error', () => undefined);
  try {
    const { said, questions } = await converse(child, volume.fs.promises);
    const [status] = (await closed) as [number | null];
    return { status, said, questions };
  } finally {
    child.kill();
  }
}

async function converse(
  { stdin, stdout }: ChildProcessByStdio<Writable, Readable, null>,
  fs: Fs,
): Promise<Pick<FsxRun, 'said' | 'questions'>> {
  let said = '';
  let questions = 0;
  for await (const line of createInterface({ input: stdout })) {
    const reply = await answer(fs, line.split(' '));
    if (reply === undefined) {
      said += `${line}\n`;
      continue;
    }
    questions += 1;
    stdin.write(`${reply}\n`);
  }
  return { said, questions };
}
