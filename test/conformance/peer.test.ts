/** Where memfs fails a case and the real filesystem passes it, a volume passes. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readProjectFile } from '../support/project.js';
import { runNode } from '../support/run-program.js';
import type { Case } from './case.js';
import { TABLES } from './cases/tables.js';
import type { PeerCount } from './peer.js';
import { STYLES } from './styles/style.js';

const PEER = fileURLToPath(new URL('./peer.js', import.meta.url));

test('a volume passes the cases of namespaces in each style, memfs does not', async (t) => {
  // The other tables have the same comparison in docs/node-fs.md, and each of their cases is a test.
  const { status, stdout, stderr } = await runNode([PEER, 'namespace']);
  t.is(status, 0, stderr);
  for (const { style, total, volume, memfs } of JSON.parse(stdout) as PeerCount[]) {
    t.log(`${style}: of ${total} cases a volume passes ${volume}, memfs ${memfs}`);
    t.is(volume, total);
    t.true(memfs < total);
  }
});

test('node-fs.md gives the number of cases there are', (t) => {
  const text = readProjectFile('docs/node-fs.md');
  const cases: Case[] = Object.values(TABLES).flat();
  for (const style of STYLES) {
    const total = cases.filter(({ styles = STYLES }) => styles.includes(style)).length;
    // When it fails: node build/test/conformance/peer.js prints the table anew.
    t.regex(text, new RegExp(`^\\| ${style} *\\| ${total} *\\| ${total} *\\|`, 'm'));
  }
});
