/** docs/format.md states the rules that are checked, and each rule has a test that breaks it. */
import test from 'ava';
import { INVARIANTS } from '#src/index.js';
import { projectFiles, readProjectFile } from '../../support/project.js';

const RULE = /^### (I\d+): (.+)$/gm;

test('docs/format.md lists the rules as the check names them', (t) => {
  const documented = [...readProjectFile('docs/format.md').matchAll(RULE)];
  t.deepEqual(
    documented.map(([, id, title]) => [id, title?.toLowerCase()]),
    Object.entries(INVARIANTS).map(([id, title]) => [id, title.toLowerCase()]),
  );
});

test('each rule says why it holds and what a repair does', (t) => {
  const sections = readProjectFile('docs/format.md').split(/^### /m);
  for (const section of sections.filter((text) => /^I\d+:/.test(text))) {
    t.regex(section, /\n- \*\*Why\*\*: /, section);
    t.regex(section, /\n- \*\*Repair\*\*: /, section);
  }
});

test('a test breaks each rule', (t) => {
  const tests = projectFiles('test/maintenance/check', '.test.ts').map(readProjectFile).join('\n');
  for (const id of Object.keys(INVARIANTS)) {
    t.regex(tests, new RegExp(`invariant: '${id}'|\`${id}: |'${id}: `), id);
  }
});

test('every function of a rule is among the checks', (t) => {
  const list = readProjectFile('src/maintenance/check/checks.ts');
  for (const file of projectFiles('src/maintenance/check/rules', '.ts')) {
    const module = file.slice('src/maintenance/check/'.length).replace('.ts', '.js');
    t.true(list.includes(`'./${module}'`), file);
  }
});

test('the migration refers to rules that exist', (t) => {
  for (const file of projectFiles('migrations', '.sql')) {
    for (const [, id = ''] of readProjectFile(file).matchAll(/\bRule (I\d+)\b/g)) {
      t.true(id in INVARIANTS, `${file}: ${id}`);
    }
  }
});
