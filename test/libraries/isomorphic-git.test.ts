/** isomorphic-git keeps a repository in a volume as on the disk, and the real git finds it sound. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import git from 'isomorphic-git';
import { exportTree } from '#src/index.js';
import { runProgram } from '../support/run-program.js';
import type { NodeFs } from '../support/subject.js';
import { filesOf, type Place, treeOf, withPlaces } from './places.js';

const PARTS = ['src', 'test', 'docs', 'README.md'];
const FILES_MIN = 300;
const AUTHOR = { name: 'Somebody', email: 'somebody@example.org', timezoneOffset: 0 };
const FIRST_COMMIT_SECONDS = 1_700_000_000;

type Callbacks = Parameters<typeof git.init>[0]['fs'];

/** What the history is made of, so that both places make the same. */
class Repository {
  readonly place: Place;
  readonly fs: Callbacks;
  #commits = 0;

  constructor(place: Place, fs: Callbacks = place.fs) {
    this.place = place;
    this.fs = fs;
  }

  get at(): { fs: Callbacks; dir: string } {
    return { fs: this.fs, dir: this.place.root };
  }

  /** Author and time, the same in each run. */
  get signed(): { author: typeof AUTHOR & { timestamp: number } } {
    this.#commits += 1;
    return { author: { ...AUTHOR, timestamp: FIRST_COMMIT_SECONDS + this.#commits } };
  }

  async commit(message: string): Promise<string> {
    return await git.commit({ ...this.at, ...this.signed, message });
  }

  write(path: string, text: string): void {
    this.place.fs.writeFileSync(join(this.place.root, path), text);
  }

  read(path: string): string {
    return this.place.fs.readFileSync(join(this.place.root, path), 'utf8');
  }

  async change(path: string, text: string): Promise<void> {
    this.write(path, text);
    await git.add({ ...this.at, filepath: path });
  }

  /** Paths that are not the same in HEAD, the directory and the index. */
  async changed(): Promise<readonly unknown[]> {
    const matrix = await git.statusMatrix(this.at);
    return matrix.filter(([, ...state]) => state.some((value) => value !== 1));
  }

  async messages(): Promise<string[]> {
    const log = await git.log(this.at);
    return log.map(({ oid, commit }) => `${oid} ${commit.message.trim()}`);
  }
}

/** Everything that is done, and everything that is seen on the way. */
async function makeHistory(repository: Repository): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const { at } = repository;
  await git.init({ ...at, defaultBranch: 'main' });
  await git.add({ ...at, filepath: '.' });
  seen.push(await repository.commit('everything'), await repository.changed());
  await growBranches(repository, seen);
  await mergeConflict(repository, seen);
  seen.push(await repository.messages(), await git.listBranches(at));
  return seen;
}

/** Two branches that part and are merged; what is there changes with each checkout. */
async function growBranches(repository: Repository, seen: unknown[]): Promise<void> {
  const { at, place } = repository;
  await git.branch({ ...at, ref: 'topic', checkout: true });
  await repository.change('src/added.ts', 'export const added = 1;\n');
  await git.remove({ ...at, filepath: 'docs/cli.md' });
  place.fs.unlinkSync(join(place.root, 'docs/cli.md'));
  repository.write('untracked', 'nobody knows');
  seen.push(await repository.changed(), await git.status({ ...at, filepath: 'untracked' }));
  place.fs.unlinkSync(join(place.root, 'untracked'));
  seen.push(await repository.commit('topic'));

  await git.checkout({ ...at, ref: 'main' });
  seen.push(place.fs.existsSync(join(place.root, 'docs/cli.md')), filesOf(place, 'src').length);
  await repository.change('README.md', '# Changed on main\n');
  seen.push(await repository.commit('main'));
  const merged = await git.merge({ ...at, ...repository.signed, ours: 'main', theirs: 'topic' });
  await git.checkout({ ...at, ref: 'main' });
  seen.push(merged.oid, await repository.changed(), filesOf(place, 'docs'));
}

/** A conflict leaves its markers in the file; resolving it makes the merge. */
async function mergeConflict(repository: Repository, seen: unknown[]): Promise<void> {
  const { at } = repository;
  await git.branch({ ...at, ref: 'other', checkout: true });
  await repository.change('README.md', '# Other\n');
  const theirs = await repository.commit('other');
  await git.checkout({ ...at, ref: 'main' });
  await repository.change('README.md', '# Main\n');
  const ours = await repository.commit('main again');
  const merge = git.merge({ ...at, ...repository.signed, theirs: 'other', abortOnConflict: false });
  seen.push(await merge.catch((error: Error) => error.name));
  seen.push(repository.read('README.md'));
  await repository.change('README.md', '# Both\n');
  const message = 'resolved';
  seen.push(
    await git.commit({ ...at, ...repository.signed, message, parent: [ours, theirs] }),
    await repository.changed(),
  );
}

async function realGit(t: ExecutionContext, folder: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const run = await runProgram('git', ['-C', folder, '-c', 'safe.directory=*', ...args], { env });
  t.is(run.status, 0, run.stderr);
  return run.stdout + run.stderr;
}

/** The part of `node:fs` without promises: isomorphic-git then uses the callbacks. */
function callbacksOf(fs: NodeFs): Callbacks {
  const { promises: _, ...callbacks } = fs;
  return callbacks as Callbacks;
}

test('isomorphic-git makes the history that it makes on disk, and git fsck is content', async (t) => {
  await withPlaces(t, { parts: PARTS }, async ({ disk, volume, behind, folder }) => {
    t.true(filesOf(volume, '.').length > FILES_MIN);
    const expected = await makeHistory(new Repository(disk));
    t.deepEqual(await makeHistory(new Repository(volume)), expected);

    const copy = join(folder, 'copy');
    await exportTree(behind, copy, { from: volume.root });
    t.is(await realGit(t, copy, 'fsck', '--full', '--strict', '--no-dangling'), '');
    t.is(await realGit(t, copy, 'status', '--porcelain'), '');
    const log = await realGit(t, copy, 'log', '--date-order', '--format=%H %s');
    const ours = await new Repository(volume).messages();
    t.deepEqual(log.trim().split('\n').sort(), [...ours].sort());
    t.is(
      (await realGit(t, copy, 'ls-files')).trim().split('\n').length,
      filesOf(volume, '.').filter((path) => !path.startsWith('.git/')).length,
    );
  });
});

test('isomorphic-git works through the callbacks too', async (t) => {
  await withPlaces(t, { parts: ['docs', 'src/fs', 'README.md'] }, async ({ disk, volume }) => {
    const expected = await makeHistory(new Repository(disk));
    const seen = await makeHistory(new Repository(volume, callbacksOf(volume.fs)));
    t.deepEqual(seen, expected);
    // The index notes the numbers and times of the files that it saw.
    const withoutIndex = async (place: Place): Promise<object> => {
      const { '.git/index': index, ...rest } = await treeOf(place);
      t.is(index?.kind, 'file');
      return rest;
    };
    t.deepEqual(await withoutIndex(volume), await withoutIndex(disk));
  });
});
