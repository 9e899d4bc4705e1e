/** A kernel that remembers for an hour, and others that change what it remembers. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { startChild } from '../../support/child.js';
import { createRandom, seedFrom } from '../../support/random.js';
import type { Volume } from '../../support/subject.js';
import { until } from '../../support/until.js';
import { mountRefusal, withMount } from '../support/mounted.js';

const HOUR_MS = 3_600_000;
const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

/** What the mount says of a path; errors by their code. */
function seen(dir: string, path: string): unknown {
  try {
    const full = join(dir, path);
    const stat = statSync(full, { bigint: true });
    const { mode, nlink, size, uid, mtimeNs, ctimeNs, ino } = stat;
    const content = stat.isDirectory() ? readdirSync(full) : readFileSync(full, 'latin1');
    return { mode, nlink, size, uid, mtimeNs, ctimeNs, ino, content };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** The same from the library. */
function told({ fs }: Volume, path: string): unknown {
  try {
    const { mode, nlink, size, uid, mtimeNs, ctimeNs, ino } = fs.statSync(path, { bigint: true });
    const content = fs.statSync(path).isDirectory()
      ? fs.readdirSync(path)
      : fs.readFileSync(path, 'latin1');
    return { mode, nlink, size, uid, mtimeNs, ctimeNs, ino, content };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

const PATHS = [
  '/',
  '/d',
  '/d/f',
  '/d/g',
  '/d/sub',
  '/d/sub/h',
  '/other',
  '/other/f',
  '/none',
  '/l',
];

function agree(t: ExecutionContext, dir: string, volume: Volume, what: string): void {
  for (const path of PATHS) t.deepEqual(seen(dir, path), told(volume, path), `${what}: ${path}`);
}

type Change = (fs: Volume['fs']) => Promise<unknown>;

/** Each kind of change, in an order in which each is possible. */
const CHANGES: Readonly<Record<string, Change>> = {
  'a new file': ({ promises }) => promises.writeFile('/d/g', 'new'),
  'longer content': ({ promises }) => promises.appendFile('/d/f', ' and more'),
  'other content of the same length and time': async ({ promises }) => {
    const { atime, mtime } = await promises.stat('/d/f');
    await promises.writeFile('/d/f', 'CONTENT and more');
    await promises.utimes('/d/f', atime, mtime);
  },
  truncation: ({ promises }) => promises.truncate('/d/f', 3),
  'another mode': ({ promises }) => promises.chmod('/d/f', 0o600),
  'another owner': ({ promises }) => promises.chown('/d/f', 12, 34),
  times: ({ promises }) => promises.utimes('/d', 1, 2),
  'a second name': ({ promises }) => promises.link('/d/f', '/other/f'),
  'a name gone, one left': ({ promises }) => promises.unlink('/d/f'),
  'a file moved over another': ({ promises }) => promises.rename('/other/f', '/d/g'),
  'a directory moved': ({ promises }) => promises.rename('/d/sub', '/other/sub'),
  'and back under another name': ({ promises }) => promises.rename('/other/sub', '/none'),
  'a tree copied': ({ promises }) => promises.cp('/d', '/d2', { recursive: true }),
  'a tree removed': ({ promises }) => promises.rm('/d', { recursive: true }),
  'a file where a directory was': ({ promises }) => promises.writeFile('/d', 'a file'),
  'a link to it': ({ promises }) => promises.symlink('d', '/l'),
};

function plant(dir: string): void {
  mkdirSync(join(dir, 'd/sub'), { recursive: true });
  mkdirSync(join(dir, 'other'));
  writeFileSync(join(dir, 'd/f'), 'content');
  writeFileSync(join(dir, 'd/sub/h'), 'deep');
}

mounting('what the library changes is another thing in the mount when its promise resolves', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume }) => {
    plant(dir);
    for (const [what, change] of Object.entries(CHANGES)) {
      agree(t, dir, volume, `before ${what}`);
      await change(volume.fs);
      agree(t, dir, volume, what);
    }
  }),
);

mounting('a synchronous call of the library returns when the mount knows', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, ({ dir, volume }) => {
    const { fs } = volume;
    for (let round = 0; round < 200; round += 1) {
      const path = join(dir, 'f');
      fs.writeFileSync('/f', `${round}`);
      t.is(readFileSync(path, 'utf8'), `${round}`);
      fs.renameSync('/f', '/g');
      t.throws(() => statSync(path), { code: 'ENOENT' });
      t.deepEqual(readdirSync(dir), ['g']);
      fs.renameSync('/g', '/f');
      t.is(statSync(path).size, `${round}`.length);
    }
  }),
);

mounting('an open file shows what the library has made of it', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume }) => {
    const { promises } = volume.fs;
    writeFileSync(join(dir, 'f'), 'short');
    const fd = openSync(join(dir, 'f'), 'r');
    const bytes = Buffer.alloc(100);
    t.is(readSync(fd, bytes, 0, 100, 0), 5);
    await promises.appendFile('/f', ', then long');
    t.is(fstatSync(fd).size, 16);
    t.is(readSync(fd, bytes, 0, 100, 0), 16);
    await promises.writeFile('/f', 'SHORT, THEN LONG');
    readSync(fd, bytes, 0, 100, 0);
    t.is(bytes.toString('utf8', 0, 16), 'SHORT, THEN LONG');
    await promises.unlink('/f');
    t.is(fstatSync(fd).nlink, 0);
    t.is(readSync(fd, bytes, 0, 100, 0), 16);
    closeSync(fd);
  }),
);

mounting('a process goes on in a directory that the library moves', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume, beside }) => {
    mkdirSync(join(dir, 'work'));
    const before = process.cwd();
    process.chdir(join(dir, 'work'));
    try {
      await volume.fs.promises.rename('/work', '/moved');
      writeFileSync('made', 'here');
      t.is(await volume.fs.promises.readFile('/moved/made', 'utf8'), 'here');
      t.deepEqual(readdirSync(join(dir, 'moved')), ['made']);
      t.is(process.cwd(), join(dir, 'moved'));
    } finally {
      process.chdir(before);
    }
    symlinkSync(dir, join(beside, 'link'));
    t.deepEqual(readdirSync(join(beside, 'link')), ['moved']);
  }),
);

mounting('what one mount changes the other finds changed', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume, beside }) => {
    const second = join(beside, 'second');
    mkdirSync(second);
    const mount = await volume.mount(second, { cacheMs: HOUR_MS });
    try {
      plant(dir);
      for (const [what, change] of Object.entries(CHANGES)) {
        agree(t, second, volume, `before ${what}`);
        const { fs } = await import('node:fs').then((host) => ({ fs: at(host, dir) }));
        await change(fs);
        const isSeen = () => {
          for (const path of PATHS) {
            if (!sameText(seen(second, path), told(volume, path))) return false;
          }
          return true;
        };
        await until(`the other mount sees ${what}`, isSeen);
        agree(t, dir, volume, `here, ${what}`);
      }
    } finally {
      await mount.unmount();
    }
  }),
);

function sameText(one: unknown, other: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item));
  return text(one) === text(other);
}

const TARGET_OF_LINK = 'symlink';

/** node:fs below a directory, for what `CHANGES` use. */
function at(host: typeof import('node:fs'), dir: string): Volume['fs'] {
  const promises = new Proxy(host.promises, {
    get: (target, name) => {
      const call = Reflect.get(target, name);
      return (...args: unknown[]) =>
        call(
          ...args.map((arg, index) =>
            typeof arg === 'string' &&
            arg.startsWith('/') &&
            !(name === TARGET_OF_LINK && index === 0)
              ? join(dir, arg)
              : arg,
          ),
        );
    },
  });
  return { promises } as unknown as Volume['fs'];
}

mounting('another process that comes, changes and goes is noticed', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume }) => {
    writeFileSync(join(dir, 'f'), 'before');
    t.is(readFileSync(join(dir, 'f'), 'utf8'), 'before');
    t.throws(() => statSync(join(dir, 'new')), { code: 'ENOENT' });
    const child = startChild(new URL('../../concurrency/volume-child.js', import.meta.url), [
      volume.path,
    ]);
    await child.ask('write', '/f', 'after, by another');
    await until(
      'the change of another process',
      () => readFileSync(join(dir, 'f'), 'utf8') === 'after, by another',
    );
    t.deepEqual(readdirSync(dir), ['f']);
    // While it is there everything is asked for.
    for (let round = 0; round < 50; round += 1) {
      await child.ask('write', '/f', `round ${round}`);
      t.is(readFileSync(join(dir, 'f'), 'utf8'), `round ${round}`);
      await child.ask('write', `/new${round}`, 'x');
      t.is(statSync(join(dir, `new${round}`)).size, 1);
      t.throws(() => statSync(join(dir, `new${round + 1}`)), { code: 'ENOENT' });
    }
    await child.ask('write', '/new', 'there');
    await child.end();
    await until('its last file', () => readdirSync(dir).length === 52);
    t.is(readFileSync(join(dir, 'new'), 'utf8'), 'there');
    await volume.fs.promises.writeFile('/new', 'by the library');
    t.is(readFileSync(join(dir, 'new'), 'utf8'), 'by the library');
  }),
);

mounting('what the last commit said is not believed after another process has been there', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume }) => {
    const fd = openSync(join(dir, 'f'), 'w+');
    const child = startChild(new URL('../../concurrency/volume-child.js', import.meta.url), [
      volume.path,
    ]);
    await child.ask('write', '/f', 'by another');
    await child.ask('write', '/another', 'x');
    await child.end();
    await until('the visit was noticed', () => fstatSync(fd).size === 10);
    // Then it has been forgotten, too, and what the writer told before would count again.
    for (let round = 0; round < 20; round += 1) {
      await pause(50);
      t.is(fstatSync(fd).size, 10);
    }
    t.is(readFileSync(join(dir, 'f'), 'utf8'), 'by another');
    t.is(statSync(dir).mtimeMs, (await volume.fs.promises.stat('/')).mtimeMs);
    closeSync(fd);
  }),
);

mounting('random work of the library is seen at once, while a program looks all the time', (t) =>
  withMount(t, { cacheMs: HOUR_MS }, async ({ dir, volume }) => {
    const seed = seedFrom('CABINET_COHERENCE_SEED');
    t.log(`CABINET_COHERENCE_SEED=${seed}`);
    const next = createRandom(seed);
    const pick = (max: number): number => Math.floor(next() * max);
    const { fs } = volume;
    for (const name of ['a', 'b', 'c']) fs.mkdirSync(`/${name}`);
    const looker = startChild(new URL('./looking-child.js', import.meta.url), [dir]);
    await looker.ask('begin');
    const place = (): string => `/${'abc'[pick(3)]}/${pick(6)}`;
    for (let step = 0; step < 1500; step += 1) {
      const [one, two] = [place(), place()];
      try {
        switch (pick(6)) {
          case 0:
          case 1:
            fs.writeFileSync(one, 'x'.repeat(pick(20_000)));
            break;
          case 2:
            fs.rmSync(one, { recursive: true });
            break;
          case 3:
            fs.renameSync(one, two);
            break;
          case 4:
            fs.linkSync(one, two);
            break;
          default:
            fs.chmodSync(one, 0o600 + pick(64));
        }
      } catch {
        // Whether it can be done is another test's business: the mount must agree on how it is now.
      }
      for (const path of [one, two]) {
        if (sameText(seen(dir, path), told(volume, path))) continue;
        t.deepEqual(seen(dir, path), told(volume, path), `step ${step}: ${path}`);
        break;
      }
    }
    t.true(((await looker.ask('looks')) as number) > 0);
    await looker.end();
  }),
);
