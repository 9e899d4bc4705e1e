/**
 * What nobody is told: the token, the numbers of sessions, and the names of files in the volume. They are in
 * no answer, no log, no metric, no argument and no environment of a process that is started.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { cabinet } from '../cli/cabinet.js';
import { projectPath } from '../support/project.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { type Answer, type Asked, ask, openSocket, readToEnd } from './client.js';
import type { Seen } from './secrets-hook.js';
import { type Serving, startServing } from './serving.js';

const TOKEN = `token-${randomBytes(16).toString('hex')}`;
const WRONG = `wrong-${randomBytes(16).toString('hex')}`;
const NAME = `name-${randomBytes(8).toString('hex')}`;
const HOOK = pathToFileURL(projectPath('build/test/http/secrets-hook.js')).href;
const PATHS = ['/', '/livez', '/readyz', '/healthz', '/metrics', '/status.json', '/nothing'];

/** A volume with names in all places where there are names, and damage that a check has found in a file. */
async function prepare(file: string): Promise<void> {
  await using volume = await openVolume(file, { integrity: { everySeconds: 0 } });
  const { promises } = volume.fs;
  await promises.mkdir(`/${NAME}-dir`);
  await promises.writeFile(`/${NAME}-dir/${NAME}-file`, Buffer.alloc(300_000, 'x'));
  await promises.symlink(`/${NAME}-target`, `/${NAME}-link`);
  spoil(file);
  const { problems } = await volume.check({ content: true });
  if (!problems.some(({ path }) => path?.includes(NAME))) throw new Error('no damage was found');
  await promises.readFile(`/${NAME}-missing`).catch(() => undefined);
  await promises.unlink(`/${NAME}-link`);
}

function spoil(file: string): void {
  const database = new Database(file);
  database.exec('UPDATE blob SET data = zeroblob(length(data))');
  database.close();
}

interface Asking {
  readonly path: string;
  readonly asked: Asked;
}

type Headers = NonNullable<Asked['headers']>;

function withCredentials(headers: Headers): Asking[] {
  return PATHS.flatMap((path) =>
    ['GET', 'POST', 'HEAD'].map((method) => ({ path, asked: { method, headers } })),
  );
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const COMMON: readonly Asking[] = [
  ...withCredentials({}),
  ...withCredentials(bearer(TOKEN)),
  ...withCredentials(bearer(WRONG)),
  { path: `/healthz?token=${TOKEN}`, asked: {} },
  { path: `/${TOKEN}`, asked: { headers: bearer(TOKEN) } },
  { path: '/session', asked: { method: 'POST', headers: bearer(WRONG) } },
  { path: '/metrics', asked: { headers: { host: `${TOKEN}.example` } } },
];

/** Everything that the server says to all of them, and to who breaks a request off. */
async function answersOf(place: { host: string; port: number }): Promise<string> {
  const said: Answer[] = [];
  for (const { path, asked } of COMMON) said.push(await ask(place, path, asked));
  const socket = await openSocket(place);
  const end = readToEnd(socket);
  socket.end(`GET /metrics HTTP/1.1\r\nAuthorization Bearer ${TOKEN}\r\n\r\n`);
  return JSON.stringify(said) + (await end);
}

function assertSilent(t: ExecutionContext, text: string, where: string): void {
  for (const [what, secret] of Object.entries({ TOKEN, WRONG, NAME })) {
    const at = text.indexOf(secret);
    t.is(at, -1, `${what} in ${where}: ${text.slice(Math.max(0, at - 200), at + 50)}`);
  }
}

async function sessionOf(
  t: ExecutionContext,
  place: { host: string; port: number },
): Promise<string> {
  const begun = await ask(place, '/session', { method: 'POST', headers: bearer(TOKEN) });
  t.is(begun.status, 204);
  assertSilent(t, JSON.stringify(begun), 'the answer that begins a session');
  return begun.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** A backup each second, so that processes are started while the token is known. */
const BACKUPS = ['--backup-every', '1s', '--keep-last', '2'] as const;

function environmentOf(folder: string): Record<string, string> {
  return {
    CABINET_TEST_SEEN: join(folder, 'seen'),
    NODE_OPTIONS: `--import=${HOOK}`,
  };
}

function seenIn(folder: string): Seen[] {
  const lines = readFileSync(join(folder, 'seen'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Seen);
}

async function look(t: ExecutionContext, { child, line, said, ended }: Serving): Promise<void> {
  const place = JSON.parse(line) as { host: string; port: number };
  const answers = await answersOf(place);
  t.true(answers.includes('cabinetfs_'), 'it did answer');
  assertSilent(t, answers, 'an answer');
  const cookie = await sessionOf(t, place);
  const page = await ask(place, '/status.json', { headers: { cookie } });
  t.is(page.status, 200);
  t.true(page.body.includes('"kind":"check"'), 'with what a check has found');
  assertSilent(t, page.body, 'the status');
  const [, number = ''] = cookie.split('=');
  t.true(number.length > 20);
  t.false(page.body.includes(number));
  child.kill('SIGTERM');
  t.deepEqual(await ended, [0, null]);
  assertSilent(t, line + (await said), 'what the command says');
}

for (const way of ['the environment', 'a file'] as const) {
  test(`the token from ${way} and names in the volume are told nowhere`, async (t) => {
    await withFolder(async (folder) => {
      const file = join(folder, 'test.cabinet');
      await prepare(file);
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
      const args = [file, '--json', '--backup-dir', join(folder, 'backups'), ...BACKUPS];
      const isFile = way === 'a file';
      const serving = await startServing(isFile ? [...args, '--token-file', tokenFile] : args, {
        ...environmentOf(folder),
        ...(isFile ? {} : { CABINET_TOKEN: TOKEN }),
      });
      try {
        await until('another process was started', () =>
          seenIn(folder).some(({ kind }) => kind === 'process'),
        );
        await look(t, serving);
      } finally {
        serving.child.kill('SIGKILL');
        await serving.ended;
      }
      const [command, ...others] = seenIn(folder) as [Seen, ...Seen[]];
      assertSilent(t, command.arguments, 'the arguments of the command');
      t.true(others.some(({ kind }) => kind === 'thread'));
      for (const seen of others) assertSilent(t, JSON.stringify(seen), 'what is started from it');
    });
  });
}

test('no command says the token when it fails', async (t) => {
  await withFolder(async (folder) => {
    const file = join(folder, 'test.cabinet');
    await prepare(file);
    const short = join(folder, 'short');
    writeFileSync(short, `${TOKEN} ${TOKEN}`);
    const env = { ...process.env, CABINET_TOKEN: TOKEN };
    for (const args of [
      ['serve', file, '--token-file', short],
      ['serve', file, '--port', 'none'],
      ['serve', file, '--host', 'no-such-host.invalid'],
      ['serve', join(folder, 'none')],
      ['health', file],
      ['health', 'http://127.0.0.1:1'],
      ['stats', file],
    ]) {
      const { stdout, stderr } = await cabinet([...args, '--json'], { env });
      assertSilent(t, stdout + stderr, args.join(' '));
    }
  });
});

test('a server that is looked at shows no token', async (t) => {
  await withFolder(async (folder) => {
    await using volume = await openVolume(join(folder, 'test.cabinet'));
    await using server = await volume.serve({ port: 0, token: TOKEN });
    const shown = inspect({ server, volume }, { depth: 12, showHidden: true });
    t.true(shown.includes('127.0.0.1'));
    assertSilent(t, shown + JSON.stringify(server), 'an object');
    const error = await t.throwsAsync(volume.serve({ port: 0, token: `${TOKEN} ` }));
    assertSilent(t, inspect(error), 'an error');
  });
});
