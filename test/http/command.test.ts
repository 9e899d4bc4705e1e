/** `cabinet serve` as a process: from its first line to its exit code. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { openVolume } from '#src/index.js';
import { cabinet, withWorkplace } from '../cli/cabinet.js';
import { assertVolumeSound } from '../support/subject.js';
import { until } from '../support/until.js';
import { type Serving, startServing } from './serving.js';

const TOKEN = 'a-token-of-some-length';

interface Announced {
  readonly path: string;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly readOnly: boolean;
  readonly pid: number;
}

/** Starts it, runs `work`, and sees to it that nothing is left. */
async function withServing(
  args: readonly string[],
  work: (serving: Serving) => Promise<void>,
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const serving = await startServing(args, env);
  try {
    await work(serving);
  } finally {
    serving.child.kill('SIGKILL');
    await serving.ended;
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`it says where it is, answers, and closes the volume on ${signal}`, async (t) => {
    await withWorkplace(t, async ({ volume }) => {
      await withServing([volume], async ({ child, line, said, ended }) => {
        t.true(line.startsWith(`${volume} is served at http://127.0.0.1:`), line);
        const [url = ''] = /http:\S+/.exec(line) ?? [];
        t.is((await fetch(`${url}/livez`)).status, 200);
        child.kill(signal);
        t.deepEqual(await ended, [0, null]);
        t.is(await said, 'cabinet: stopped, the volume is closed\n');
        t.false(existsSync(`${volume}-wal`), 'with a checkpoint: no log is left');
        await t.throwsAsync(fetch(`${url}/livez`));
      });
    });
  });
}

test('with --json the first line is a document', async (t) => {
  await withWorkplace(t, async ({ volume }) => {
    await withServing([volume, '--json'], async ({ child, line, ended, said }) => {
      const announced = JSON.parse(line) as Announced;
      t.like(announced, { path: volume, host: '127.0.0.1', readOnly: false, pid: child.pid });
      t.is(announced.url, `http://127.0.0.1:${announced.port}`);
      child.kill('SIGTERM');
      t.deepEqual(await ended, [0, null]);
      t.is(await said, '');
    });
  });
});

test('a second signal ends it at once, and the volume survives that', async (t) => {
  await withWorkplace(t, async ({ volume }) => {
    await withServing([volume, '--json'], async ({ child, line, ended }) => {
      const { port } = JSON.parse(line) as Announced;
      // Closing waits for the lock that another program holds.
      const other = new Database(volume);
      other.exec('BEGIN IMMEDIATE');
      child.kill('SIGINT');
      await until('the server has closed its port', () =>
        fetch(`http://127.0.0.1:${port}/livez`).then(
          () => false,
          () => true,
        ),
      );
      child.kill('SIGINT');
      t.deepEqual(await ended, [null, 'SIGINT']);
      other.close();
    });
  });
});

test('beside the program that writes: --read-only sees its log grow', async (t) => {
  await withWorkplace(t, async ({ volume: path }) => {
    await using writing = await openVolume(path);
    await withServing([path, '--read-only', '--json'], async ({ child, line, ended }) => {
      const { url, readOnly } = JSON.parse(line) as Announced;
      t.true(readOnly);
      for (let index = 0; index < 50; index += 1) {
        await writing.fs.promises.writeFile(`/${index}`, 'x'.repeat(10_000));
      }
      await until('a sample with the log', async () => {
        const status = await (await fetch(`${url}/status.json`)).json();
        const { samples } = status as { samples: { walBytes: number; queueDepth: null }[] };
        return samples.some(
          ({ walBytes, queueDepth }) => walBytes > 500_000 && queueDepth === null,
        );
      });
      child.kill('SIGTERM');
      t.deepEqual(await ended, [0, null]);
    });
    await assertVolumeSound(writing);
  });
});

test('the token comes from a file or the environment', async (t) => {
  await withWorkplace(t, async ({ folder, volume }) => {
    const file = join(folder, 'token');
    writeFileSync(file, `${TOKEN}\n`);
    const attempts = [
      [['--token-file', file], {}],
      [[], { CABINET_TOKEN: TOKEN }],
      [['--token-file', file], { CABINET_TOKEN: 'another-token-of-some-length' }],
    ] as const;
    for (const [args, env] of attempts) {
      await withServing(
        [volume, '--json', ...args],
        async ({ line }) => {
          const { url } = JSON.parse(line) as Announced;
          t.false(line.includes(TOKEN));
          const headers = { authorization: `Bearer ${TOKEN}` };
          t.is((await fetch(`${url}/metrics`)).status, 401);
          t.is((await fetch(`${url}/metrics`, { headers })).status, 200);
        },
        env,
      );
    }
  });
});

test('what cannot be served ends with a reason and a code', async (t) => {
  await withWorkplace(t, async ({ folder, volume, fails }) => {
    t.regex(await fails(2, 'serve', volume, '--host', '0.0.0.0'), /no token.*\n.*--force/);
    t.regex(await fails(2, 'serve', volume, '--port', '70000'), /0 to 65535/);
    t.regex(await fails(2, 'serve', volume, '--port', 'http'), /0 to 65535/);
    t.regex(await fails(1, 'serve', volume, '--host', 'no-such-host.invalid'), /Cannot listen/);
    t.regex(await fails(4, 'serve', join(folder, 'none.cabinet')), /none\.cabinet/);
    t.regex(await fails(1, 'serve', volume, '--token-file', join(folder, 'none')), /no such file/);
    writeFileSync(join(folder, 'empty'), '\n');
    t.regex(await fails(2, 'serve', volume, '--token-file', join(folder, 'empty')), /no token in/i);
    writeFileSync(join(folder, 'short'), 'too-short');
    t.regex(await fails(2, 'serve', volume, '--token-file', join(folder, 'short')), /it has 9/);
    t.regex(await fails(2, 'serve', volume, '--token', TOKEN), /unknown option '--token'/);
  });
});

test('two commands cannot have one port, and the second leaves the first alone', async (t) => {
  await withWorkplace(t, async ({ volume }) => {
    await withServing([volume, '--json'], async ({ line }) => {
      const { port, url } = JSON.parse(line) as Announced;
      const second = await cabinet(['serve', volume, '--port', String(port)]);
      t.is(second.status, 1);
      t.regex(second.stderr, /Cannot listen on 127\.0\.0\.1.*EADDRINUSE/);
      t.is((await fetch(`${url}/livez`)).status, 200);
    });
  });
});

test('with --backup-dir it makes backups meanwhile', async (t) => {
  await withWorkplace(t, async ({ volume, folder, ok, fails }) => {
    const dir = join(folder, 'backups');
    const flags = ['--backup-dir', dir, '--backup-every', '1h', '--keep-last', '2'];
    await withServing([volume, ...flags], async ({ child, ended }) => {
      const made = (): string[] =>
        existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.json')) : [];
      await until('the first backup', () => made().length === 1);
      child.kill('SIGTERM');
      t.deepEqual(await ended, [0, null]);
      await ok('verify', join(dir, (made()[0] as string).replace(/\.json$/, '')));
    });
    await fails(2, 'serve', volume, '--keep-last', '2');
    await fails(2, 'serve', volume, '--backup-dir', dir, '--backup-every', 'often');
    await fails(2, 'serve', volume, '--backup-dir', dir, '--read-only');
  });
});
