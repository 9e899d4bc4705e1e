// Makes a project that `npm ci --offline` can install without any registry: a package of node_modules with
// everything it needs, as tarballs, and a lock file that names them.
//
//   node .ci/pack-project.mjs webpack FOLDER     writes FOLDER/project and FOLDER/tarballs
//
// For tests and benchmarks that install real packages. Prints how many there are.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [, , wanted = '', folder = ''] = process.argv;
const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;

/** Where `name` is found from a package at `place`, as Node looks for it. */
function findFrom(place, name) {
  const found = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
  if (locked[found] !== undefined) return found;
  if (place === '') return undefined;
  const end = place.lastIndexOf('/node_modules/');
  return findFrom(end < 0 ? '' : place.slice(0, end), name);
}

/** Paths of the package and of all that it needs and that is installed. */
function neededBy(name) {
  const needed = new Set();
  const look = (place) => {
    if (place === undefined || needed.has(place) || !existsSync(join(root, place))) return;
    needed.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = locked[place];
    for (const one of Object.keys({
      ...peerDependencies,
      ...optionalDependencies,
      ...dependencies,
    }))
      look(findFrom(place, one));
  };
  look(findFrom('', name));
  return [...needed].sort();
}

function pack(place, tarball) {
  const files = ['--exclude=./node_modules', '--transform=s,^\\.,package,', '.'];
  const args = ['-czf', tarball, '-C', join(root, place), ...files];
  const { status, error, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar of ${place} failed: ${error ?? stderr}`);
}

/** The entry of a lock file for a package that is packed into `tarball`. */
function lockEntry(place, tarball) {
  const { link: _link, dev: _dev, peer: _peer, optional: _optional, ...entry } = locked[place];
  const integrity = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  return { ...entry, resolved: `file:${tarball}`, integrity: `sha512-${integrity}` };
}

const tarballs = resolve(folder, 'tarballs');
const project = resolve(folder, 'project');
mkdirSync(tarballs, { recursive: true });
mkdirSync(project);
const places = neededBy(wanted);
const packages = {};
for (const [index, place] of places.entries()) {
  const tarball = join(tarballs, `${index}.tgz`);
  pack(place, tarball);
  packages[place] = lockEntry(place, tarball);
}
const about = {
  name: 'project',
  version: '1.0.0',
  private: true,
  dependencies: { [wanted]: locked[`node_modules/${wanted}`].version },
};
writeFileSync(join(project, 'package.json'), JSON.stringify(about));
const lock = { lockfileVersion: 3, requires: true, packages: { '': about, ...packages } };
writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock));
console.log(places.length);
