/** Files and directories that this user may not read or write. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openVolume } from '#src/index.js';
import type { OpenOptions } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { surroundings } from './refusal.js';

const CHILD = fileURLToPath(new URL('./permissions-child.js', import.meta.url));
const NOBODY = 65_534;
/** Permission bits do not bind root: then a child becomes somebody else. */
const asUid = process.getuid?.() === 0 ? NOBODY : 0;

type Outcome = Readonly<Record<string, unknown>>;

async function openAsSomebody(file: string, options: OpenOptions = {}): Promise<Outcome> {
  const args = [file, JSON.stringify(options), String(asUid)];
  const child = fork(CHILD, args, { execArgv: [] });
  // The end of the process may be told before the message is.
  const [[outcome]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return outcome as Outcome;
}

interface Modes {
  readonly file: number;
  readonly folder: number;
}

async function withModes(modes: Modes, fn: (file: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const file = `${folder}/test.cabinet`;
    const volume = await openVolume(file);
    await volume.fs.promises.writeFile('/file', 'x');
    await volume.close();
    chmodSync(file, modes.file);
    chmodSync(folder, modes.folder);
    try {
      await fn(file);
    } finally {
      chmodSync(folder, 0o700);
    }
  });
}

async function assertRefused(
  t: ExecutionContext,
  file: string,
  code: string,
  options: OpenOptions = {},
): Promise<void> {
  const before = asUid === 0 ? undefined : surroundings(file);
  const outcome = await openAsSomebody(file, options);
  t.like(outcome, { name: 'VolumeError', code, path: file });
  t.true(String(outcome.message).includes(file));
  t.true(String(outcome.hint).length > 10);
  if (before !== undefined) t.deepEqual(surroundings(file), before);
}

test('a file that may not be read is refused', async (t) => {
  await withModes({ file: 0o000, folder: 0o777 }, async (file) => {
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE');
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE', { readOnly: true });
  });
});

test('a file that may not be written is refused, and can be opened for reading', async (t) => {
  await withModes({ file: 0o444, folder: 0o777 }, async (file) => {
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE');
    t.deepEqual(await openAsSomebody(file, { readOnly: true }), { names: ['file'] });
  });
});

test('a directory that may not be written is refused', async (t) => {
  await withModes({ file: 0o666, folder: 0o555 }, async (file) => {
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE');
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE', { readOnly: true });
    await assertRefused(t, `${file}-new`, 'ERR_VOLUME_UNREADABLE');
  });
});

test('a directory that may not be searched is refused', async (t) => {
  await withModes({ file: 0o666, folder: 0o000 }, async (file) => {
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE');
    await assertRefused(t, file, 'ERR_VOLUME_UNREADABLE', { readOnly: true });
  });
});
