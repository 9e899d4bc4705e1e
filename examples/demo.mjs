// Puts a real tree into a volume, gets it out again and compares: content, modes, times, links, holes,
// extended attributes. Fails when anything differs.   Run: npm run demo, or: node examples/demo.mjs [dir]
import { chmodSync, lstatSync, opendirSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import { exportTree, importTree, openVolume } from '../dist/index.js';

const PIECE_BYTES = 1024 * 1024;
const SHOWN_DIFFERENCES_MAX = 20;
const source = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../node_modules', import.meta.url)),
);

const count = (number) => number.toLocaleString('en-US');
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Number of entries below a directory, for the bars. */
function countEntries(root) {
  let total = 0;
  const waiting = [root];
  while (waiting.length > 0) {
    const path = waiting.pop();
    const dir = opendirSync(path);
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
      total += 1;
      if (entry.isDirectory()) waiting.push(join(path, entry.name));
    }
    dir.closeSync();
  }
  return total;
}

/** Runs a step under a bar, then says how fast it was. */
async function step(name, total, work) {
  const bar = new cliProgress.SingleBar({
    format: `${name.padEnd(8)} [{bar}] {percentage} %  {value} of {total}`,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 32,
    hideCursor: true,
    noTTYOutput: false,
    clearOnComplete: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  const startedMs = performance.now();
  try {
    const result = await work((done) => bar.update(done));
    return { result, seconds: (performance.now() - startedMs) / 1000 };
  } finally {
    bar.stop();
  }
}

function describe(name, { files, directories, symlinks, hardLinks, special, bytes }, seconds) {
  const links = `${count(symlinks)} symbolic and ${count(hardLinks)} hard links`;
  const what = `${count(files)} files, ${count(directories)} directories, ${links}, ${count(special)} special`;
  const speed = `${count(Math.round(files / seconds))} files/s, ${mib(bytes / seconds)}/s`;
  console.log(`${name.padEnd(8)} ${what}: ${mib(bytes)} in ${seconds.toFixed(2)} s (${speed})`);
}

/** Two trees that should be the same. */
class Comparison {
  entries = 0;
  differences = [];
  #links = new Map();
  #xattrs;
  #exactTimes;
  #buffers = [Buffer.alloc(PIECE_BYTES), Buffer.alloc(PIECE_BYTES)];

  constructor(xattrs, exactTimes) {
    this.#xattrs = xattrs;
    this.#exactTimes = exactTimes;
  }

  #differ(path, what) {
    this.differences.push(`${path}: ${what}`);
  }

  async compare(left, right, onEntry) {
    interruption.signal.throwIfAborted();
    this.entries += 1;
    onEntry(this.entries);
    const [from, to] = [left, right].map((path) => lstatSync(path, { bigint: true }));
    this.#compareAttributes(left, right, from, to);
    if (from.mode !== to.mode) return;
    if (from.isDirectory()) await this.#compareEntries(left, right, onEntry);
    else if (from.isSymbolicLink()) {
      if (readlinkSync(left) !== readlinkSync(right)) this.#differ(left, 'target');
    } else if (from.isFile()) await this.#compareContent(left, right, from, to);
  }

  #compareAttributes(left, right, from, to) {
    const fields = ['mode', 'rdev', 'nlink', ...(process.getuid?.() === 0 ? ['uid', 'gid'] : [])];
    // A directory of another filesystem may count its links in its own way.
    for (const field of fields) {
      const skipped = field === 'nlink' && from.isDirectory();
      if (!skipped && from[field] !== to[field]) this.#differ(left, field);
    }
    const unit = this.#exactTimes ? 1n : 1000n;
    if (from.mtimeNs / unit !== to.mtimeNs / unit) this.#differ(left, 'modification time');
    if (from.nlink > 1n && !from.isDirectory()) this.#compareIdentity(left, from, to);
    if (this.#xattrs && !from.isSymbolicLink()) this.#compareXattrs(left, right);
  }

  /** Names of one file must be names of one file again. */
  #compareIdentity(left, from, to) {
    const known = this.#links.get(from.ino);
    if (known === undefined) this.#links.set(from.ino, to.ino);
    else if (known !== to.ino) this.#differ(left, 'hard link');
  }

  #compareXattrs(left, right) {
    const read = (path) =>
      this.#xattrs
        .listAttributesSync(path)
        .filter((name) => name.startsWith('user.'))
        .sort()
        .map((name) => `${name}=${this.#xattrs.getAttributeSync(path, name).toString('hex')}`);
    if (read(left).join() !== read(right).join()) this.#differ(left, 'extended attributes');
  }

  async #compareEntries(left, right, onEntry) {
    const [names, others] = await Promise.all([left, right].map((path) => readdir(path)));
    const missing = names.filter((name) => !others.includes(name));
    for (const name of missing) this.#differ(join(left, name), 'missing');
    for (const name of others.filter((each) => !names.includes(each))) {
      this.#differ(join(right, name), 'not in the source');
    }
    for (const name of names) {
      if (missing.includes(name)) continue;
      await this.compare(join(left, name), join(right, name), onEntry);
    }
  }

  async #compareContent(left, right, from, to) {
    if (from.size !== to.size) return this.#differ(left, 'size');
    const isSparse = from.blocks * 512n < from.size;
    if (isSparse && to.blocks > from.blocks) this.#differ(left, 'holes');
    const handles = await Promise.all([left, right].map((path) => open(path)));
    try {
      if (!(await this.#sameBytes(handles))) this.#differ(left, 'content');
    } finally {
      await Promise.all(handles.map((handle) => handle.close()));
    }
  }

  async #sameBytes(handles) {
    for (;;) {
      const [first, second] = await Promise.all(
        handles.map((handle, index) => handle.read(this.#buffers[index], 0, PIECE_BYTES, null)),
      );
      const [one, two] = [first, second].map(({ buffer, bytesRead }) =>
        buffer.subarray(0, bytesRead),
      );
      if (!one.equals(two)) return false;
      if (one.length === 0) return true;
    }
  }
}

async function demo(folder) {
  const total = countEntries(source);
  console.log(`${source}: ${count(total)} entries`);
  const path = join(folder, 'demo.cabinet');
  const copy = join(folder, 'copy');
  const volume = await openVolume(path);
  try {
    const options = (onEntries) => ({
      onProgress: ({ entries }) => onEntries(entries),
      onSkip: ({ path: left, detail }) => leftOut.push(`${left}: ${detail}`),
      signal: interruption.signal,
    });
    const leftOut = [];
    const imported = await step('Import', total, (tick) =>
      importTree(volume, source, options(tick)),
    );
    describe('Import', imported.result, imported.seconds);
    const exported = await step('Export', total, (tick) => exportTree(volume, copy, options(tick)));
    describe('Export', exported.result, exported.seconds);
    const { warnings } = exported.result;
    for (const warning of warnings) console.log(`Note:    ${warning}`);
    for (const entry of leftOut) console.log(`Left out ${entry}`);

    const xattrs = await import('fs-xattr').catch(() => undefined);
    const comparison = new Comparison(
      xattrs,
      !warnings.some((text) => text.includes('microsecond')),
    );
    const compared = await step('Compare', total + 1, (tick) =>
      comparison.compare(source, copy, tick),
    );
    const { differences, entries } = comparison;
    console.log(
      `Compare  ${count(entries)} entries in ${compared.seconds.toFixed(2)} s: ${verdict(differences)}`,
    );
    for (const line of differences.slice(0, SHOWN_DIFFERENCES_MAX)) console.log(`         ${line}`);

    const figures = await volume.stats();
    console.log(`Volume   ${mib(figures.databaseBytes)} for ${mib(figures.bytes)} of files`);
    const check = await volume.check({ content: true });
    console.log(
      `Check    ${check.ok ? 'sound, content included' : `${check.problemsTotal} problems`}`,
    );
    return differences.length === 0 && check.ok;
  } finally {
    await volume.close();
  }
}

/** The copy has the modes of the source: a directory may be closed to its owner. */
function makeRemovable(directory) {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeRemovable(join(directory, entry.name));
  }
}

function verdict(differences) {
  return differences.length === 0 ? 'all the same' : `${count(differences.length)} differences`;
}

// Ctrl-C stops the step that is under way; then everything is cleaned up as always.
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-demo-'));
try {
  if (!(await demo(folder))) process.exitCode = 1;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  console.log('Interrupted.');
  process.exitCode = 130;
} finally {
  makeRemovable(folder);
  await rm(folder, { recursive: true, force: true });
}
