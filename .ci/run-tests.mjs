// Runs the compiled tests and ends with the line `<n> passed, <n> failed`.
//
//   node .ci/run-tests.mjs                    all tests
//   node .ci/run-tests.mjs docs model/model   only these folders or files of test/
//   node .ci/run-tests.mjs --verbose docs     with a line per test
//
// Two groups: most tests run side by side; those that measure time, start many processes or load the
// disk run one file at a time afterwards.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'build/test');
const CONCURRENCY_MAX = 4;

/** Folders and files of test/ that run alone. */
const ALONE = [
  'archive/command',
  'archive/failures',
  'archive/random-work',
  'backup/crash',
  'backup/cli',
  'backup/saturated',
  'cli',
  'concurrency',
  'corruption/campaign',
  'crash',
  'durability',
  'examples.test',
  'fault',
  'fuse/mount',
  'fuse/native',
  'fuse/posix',
  'fuse/programs',
  'fuse/semantics',
  'http/command.test',
  'http/page.test',
  'locks/processes.test',
  'fuzz',
  'overload',
  'package',
  'soak',
  'power',
  'upkeep/killed',
];
/** Folders whose tests CI must not skip: what they need is there by promise. */
const NEVER_SKIPPED_IN_CI = ['fuse', 'http'];

/** Paths of compiled test files below build/test. */
function testFiles() {
  return readdirSync(build, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => file.split(sep).join('/'))
    .sort();
}

function isIn(file, places) {
  return places.some(
    (place) =>
      file.startsWith(`${place}/`) || file === `${place}.js` || file === `${place}.test.js`,
  );
}

/** As the names in ALONE are written: `test/docs/links.test.ts` is `docs/links.test`. */
function placeOf(argument) {
  const path = relative(join(root, 'test'), join(root, 'test', argument.replace(/^test\//, '')));
  return path.replace(/\.[jt]s$/, '');
}

function groupsOf(files) {
  return [
    {
      name: 'side by side',
      files: files.filter((file) => !isIn(file, ALONE)),
      concurrency: Math.min(availableParallelism(), CONCURRENCY_MAX),
    },
    { name: 'one at a time', files: files.filter((file) => isIn(file, ALONE)), concurrency: 1 },
  ].filter((group) => group.files.length > 0);
}

/** Reads TAP, counts, and prints what failed with its details. */
class Results {
  passed = 0;
  failed = 0;
  skipped = [];
  #inFailure = false;
  /** Title of a passed test that has not been printed. */
  #quiet = '';

  constructor(verbose) {
    this.verbose = verbose;
  }

  line(line) {
    const [, not, title] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    if (title === undefined) this.#other(line);
    else if (/ # [A-Z]+\b/.test(title))
      this.#skip(title); // TAP's directives
    else if (not === undefined) this.#pass(title);
    else this.#fail(title);
  }

  #pass(title) {
    this.passed += 1;
    this.#inFailure = false;
    this.#quiet = this.verbose ? '' : title;
    if (this.verbose) console.log(`  ok    ${title}`);
  }

  #skip(title) {
    this.skipped.push(title);
    this.#inFailure = false;
    console.log(`  skip  ${title}`);
  }

  #fail(title) {
    this.failed += 1;
    this.#inFailure = true;
    this.#quiet = '';
    console.log(`  FAIL  ${title}`);
  }

  #other(line) {
    if (line.startsWith('#   ')) this.#log(line.slice(4));
    else if (this.#inFailure && line.startsWith('    ')) console.log(`      ${line}`);
  }

  /** What a test says of itself: seeds, counts. */
  #log(text) {
    if (this.#quiet !== '') console.log(`  ok    ${this.#quiet}`);
    this.#quiet = '';
    console.log(`          ${text}`);
  }

  /** What is wrong with the run as a whole counts as a failed test. */
  fault(message) {
    this.failed += 1;
    console.log(`  FAIL  ${message}`);
  }
}

async function runGroup({ name, files, concurrency }, results) {
  const startedMs = Date.now();
  const failedBefore = results.failed;
  console.log(`\n${name}: ${files.length} files, ${concurrency} at once`);
  const paths = files.map((file) => `build/test/${file}`);
  const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');
  const child = spawn(
    process.execPath,
    [ava, '--tap', '--concurrency', String(concurrency), ...paths],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const closed = new Promise((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) results.line(line);
  const status = await closed;
  if (status !== 0 && results.failed === failedBefore) {
    results.fault(`ava ended with status ${status}`);
  }
  console.log(`  ${Math.round((Date.now() - startedMs) / 1000)} s`);
}

const args = process.argv.slice(2);
const places = args.filter((argument) => !argument.startsWith('--')).map(placeOf);
const results = new Results(args.includes('--verbose'));
const files = testFiles().filter((file) => places.length === 0 || isIn(file, places));
if (files.length === 0) results.fault('no test was found');
for (const group of groupsOf(files)) await runGroup(group, results);

if (process.env.CI) {
  for (const title of results.skipped) {
    const folder = title.split(' › ')[0];
    if (NEVER_SKIPPED_IN_CI.includes(folder)) results.fault(`skipped in CI: ${title}`);
  }
}
if (results.skipped.length > 0) console.log(`\n${results.skipped.length} skipped`);
console.log(`\n${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed > 0 ? 1 : 0;
