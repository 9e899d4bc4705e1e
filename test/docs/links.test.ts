/** Relative links of the documents lead to files and headings that exist. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'ava';
import { anchorsOf, linkTargets } from '../support/markdown.js';
import { projectFiles, projectPath, readProjectFile } from '../support/project.js';

const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...projectFiles('docs', '.md')];
/** Files and folders of the repository that documents name in code spans. */
const NAMED = /`((?:src|test|docs|examples|migrations|bench|\.ci)\/[\w./-]*(?:\.\w+|\/))`/g;

function isExternal(target: string): boolean {
  return /^[a-z]+:/.test(target);
}

function brokenLinks(document: string): string[] {
  return linkTargets(readProjectFile(document)).filter((target) => {
    if (isExternal(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : posix.join(posix.dirname(document), path);
    if (!existsSync(projectPath(file))) return true;
    return anchor !== undefined && !anchorsOf(readProjectFile(file)).includes(anchor);
  });
}

/** A folder without files is not in a clone. */
function isMissing(path: string): boolean {
  if (!existsSync(projectPath(path))) return true;
  return path.endsWith('/') && projectFiles(path, '').length === 0;
}

for (const document of DOCUMENTS) {
  test(`links of ${document}`, (t) => {
    t.deepEqual(brokenLinks(document), []);
  });

  test(`files and folders that ${document} names`, (t) => {
    const named = [...readProjectFile(document).matchAll(NAMED)].map(([, path = '']) => path);
    t.deepEqual(named.filter(isMissing), []);
  });
}

test('every document is linked from another', (t) => {
  const linked = new Set(
    DOCUMENTS.flatMap((document) =>
      linkTargets(readProjectFile(document))
        .filter((target) => !isExternal(target))
        .map((target) => posix.join(posix.dirname(document), target.split('#')[0] ?? '')),
    ),
  );
  t.deepEqual(
    DOCUMENTS.filter((document) => document !== 'README.md' && !linked.has(document)),
    [],
  );
});
