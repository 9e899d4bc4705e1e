/** Programs append to a file through the mount, and the library to the same file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { type Mounted, serialMountTest as test, withMount } from '../mount/mounting.js';
import { countLines, libraryLine } from './lines.js';

const CHILD = fileURLToPath(new URL('./lines-child.js', import.meta.url));
const PROGRAMS = ['a', 'b', 'c', 'd'];
const LINES = 400;

/** Resolves with what it said against it; '' when all went well. */
async function appendElsewhere(path: string, writer: string, isEven: boolean): Promise<string> {
  const child = spawn(
    process.execPath,
    [CHILD, path, writer, String(LINES), isEven ? 'even' : ''],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return status === 0 ? '' : `${writer} ended with ${status}: ${said}`;
}

type Append = (mounted: Mounted, line: string) => Promise<void> | void;

/** Ways of the library to append. */
const APPENDS: readonly Append[] = [
  ({ volume }, line) => volume.fs.promises.appendFile('/lines', line),
  ({ volume }, line) => volume.fs.appendFileSync('/lines', line),
  async ({ volume }, line) => {
    await using handle = await volume.fs.promises.open('/lines', 'a');
    await handle.write(line);
  },
];

async function appendTogether(
  t: ExecutionContext,
  mounted: Mounted,
  isEven: boolean,
): Promise<void> {
  const { volume, dir } = mounted;
  await volume.fs.promises.writeFile('/lines', '');
  let running = PROGRAMS.length;
  const programs = PROGRAMS.map(async (writer) => {
    const failure = await appendElsewhere(join(dir, 'lines'), writer, isEven);
    running -= 1;
    return failure;
  });
  let own = 0;
  let before = '';
  const wrong: string[] = [];
  const lookAgain = async (): Promise<string> => {
    const now = await volume.fs.promises.readFile('/lines', 'latin1');
    if (!now.startsWith(before)) wrong.push(`after ${own} lines what was there has changed`);
    before = now;
    return now;
  };
  while (running > 0) {
    await APPENDS[own % APPENDS.length]?.(mounted, libraryLine(own, isEven));
    own += 1;
    if (own % 10 === 0 && !(await lookAgain()).includes(libraryLine(own - 1, isEven))) {
      wrong.push(`line ${own - 1} of the library was not there`);
    }
    await setImmediate();
  }
  t.deepEqual(await Promise.all(programs), ['', '', '', '']);
  t.deepEqual(wrong, []);
  const counts = countLines(await lookAgain(), isEven);
  t.deepEqual(
    [...counts].sort(([a], [b]) => a.localeCompare(b)),
    [...PROGRAMS.map((writer) => [writer, LINES] as const), ['library', own] as const],
  );
  t.true(own > PROGRAMS.length, 'they were at it together');
}

for (const options of [{ threads: 1 }, { threads: 2 }, { threads: 2, writeBehind: false }]) {
  const how = JSON.stringify(options);
  test(`of lines within pages none is lost, torn or doubled: ${how}`, (t) =>
    withMount(t, options, (mounted) => appendTogether(t, mounted, true)));

  // The kernel makes two requests of a write over two pages: the library's may come between them.
  test(`of lines of any length no byte is lost or doubled, and those of programs stay apart: ${how}`, (t) =>
    withMount(t, options, (mounted) => appendTogether(t, mounted, false)));
}
