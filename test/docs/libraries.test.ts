/** The versions of libraries that docs/node-fs.md names are those that are tested. */
import test from 'ava';
import { tableRows } from '../support/markdown.js';
import { projectFiles, readProjectFile } from '../support/project.js';

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

const DOCUMENT = 'docs/node-fs.md';

/** `[name, version]` of each library of the table; a row may name several. */
function documented(): [name: string, version: string][] {
  return tableRows(readProjectFile(DOCUMENT), 'Library').flatMap((row) => {
    const names = [...(row.Library ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const versions = (row.Version ?? '').replace(/\(.*\)/, '').split(',');
    return names.map((name, index): [string, string] => [name, (versions[index] ?? '').trim()]);
  });
}

test('the versions of the libraries are those of package-lock.json', (t) => {
  const { packages } = JSON.parse(readProjectFile('package-lock.json')) as LockFile;
  const found = documented();
  t.true(found.length > 0);
  const installed = found.map(([name]) => [name, packages[`node_modules/${name}`]?.version]);
  t.deepEqual(found as unknown[], installed);
});

test('README.md names the versions of docs/node-fs.md', (t) => {
  const readme = readProjectFile('README.md').replaceAll(/\s+/g, ' ');
  for (const [name, version] of documented().filter(([name]) => !name.startsWith('@'))) {
    const minor = version.split('.').slice(0, 2).join('.');
    t.true(readme.includes(`${name} ${minor}`), `${name} ${minor}`);
  }
});

test('every library has a test', (t) => {
  const tests = projectFiles('test/libraries', '.test.ts').map(readProjectFile).join('\n');
  for (const [name] of documented()) t.true(tests.includes(`'${name}'`), name);
});
