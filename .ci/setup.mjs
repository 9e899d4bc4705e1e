// Installs what a clean clone is missing: npm packages. Called by `npm run demo`, `npm test` and CI.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
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

checkNode();
if (!isInstalled()) install();
