// Installs what a clean clone is missing: npm packages; where there is /dev/fuse, the programs for mounts
// of ordinary users; in CI also Chromium, in which pages are tested.
// Called by `npm run demo`, `npm test` and CI.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const NODE_OLDEST = [20, 19];

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const ok = major > NODE_OLDEST[0] || (major === NODE_OLDEST[0] && minor >= NODE_OLDEST[1]);
  if (!ok)
    fail(`Node ${NODE_OLDEST.join('.')} or later is needed, this is ${process.versions.node}.`);
}

/** npm leaves a copy of the lock file in node_modules; an older or missing one means "install". */
function isInstalled() {
  const installed = `${root}node_modules/.package-lock.json`;
  const wanted = `${root}package-lock.json`;
  if (!existsSync(installed) || !existsSync(wanted)) return false;
  return (
    statSync(installed).mtimeMs >= statSync(wanted).mtimeMs &&
    existsSync(`${root}node_modules/better-sqlite3/build/Release/better_sqlite3.node`)
  );
}

function hasCompiler() {
  return ['g++', 'c++', 'clang++'].some((name) => spawnSync(name, ['--version']).status === 0);
}

function install() {
  const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  console.log(`setup: installing the packages of ${name} (SQLite is compiled, about a minute) ...`);
  // Not `npm ci`: it wants the optional packages of every platform in the lock file, and a registry
  // mirror may carry those of one only.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status === 0) return;
  fail(
    hasCompiler()
      ? '`npm install` failed; see its output above.'
      : '`npm install` failed and no C++ compiler was found; install g++, make and python3.',
  );
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
// The kernel transport needs `mount` of util-linux only, and root; ordinary users need this one, and the
// package fuse-native a library.
const FUSE_PROGRAMS = ['fusermount', 'fusermount3'];
const FUSE_LIBRARY = 'libfuse.so.2';
const LIBRARY_FOLDERS = ['/lib', '/usr/lib', '/usr/lib64'];
const MULTIARCH = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
/** What the tests run on mounts; each is in the package of its name. */
const PROGRAMS_ON_MOUNTS = ['fio', 'gcc', 'git', 'make', 'python3', 'rsync'];

/** Whether one of the programs is there. Those of the system are not always in the path of a user. */
function hasProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin'];
  return names.some((name) => folders.some((folder) => existsSync(join(folder, name))));
}

function hasLibrary(name) {
  const folders = [...LIBRARY_FOLDERS, `/usr/lib/${MULTIARCH[process.arch]}`];
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** The package `fuse` has both; beside `fuse3`, which it cannot stand, its library comes alone. */
function missingFusePackages() {
  if (!existsSync('/dev/fuse')) return [];
  if (!hasProgram(FUSE_PROGRAMS)) return ['fuse'];
  return hasLibrary(FUSE_LIBRARY) ? [] : ['libfuse2'];
}

function missingSystemPackages() {
  return [
    ...(process.env.CI && !hasProgram(BROWSERS) ? ['chromium'] : []),
    ...missingFusePackages(),
    ...(process.env.CI ? PROGRAMS_ON_MOUNTS.filter((name) => !hasProgram([name])) : []),
    // Debian keeps the server out of the path, and puts this one there beside it.
    ...(process.env.CI && !hasProgram(['pg_ctlcluster']) ? ['postgresql'] : []),
  ];
}

// What cannot be installed is no failure here: the tests that need it are skipped, which CI counts as
// failed, and elsewhere is said with the reason.
function installSystemPackages(names) {
  if (process.getuid?.() !== 0) {
    console.log(`setup: please install as root: apt-get install ${names.join(' ')}`);
    return;
  }
  console.log(`setup: installing ${names.join(', ')} ...`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
    const { status, error } = spawnSync('apt-get', ['-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status === 0) continue;
    console.log(`setup: apt-get ${args[0]} failed (${error?.code ?? `status ${status}`})`);
    return;
  }
}

checkNode();
if (!isInstalled()) install();
const missing = missingSystemPackages();
if (missing.length > 0) installSystemPackages(missing);
