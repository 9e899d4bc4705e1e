/** Every example runs and says what it is meant to say. */
import { basename } from 'node:path';
import test from 'ava';
import { projectFiles, projectPath, readProjectFile } from './support/project.js';
import { runNode } from './support/run-program.js';

/** What each example prints. */
const OUTPUTS: Readonly<Record<string, string>> = {
  'backup-and-restore': `
copy, verify, finish
verified: full
one state: true
ERR_VOLUME_BUSY
restored: true
sound: false
ERR_BACKUP_DAMAGED
monday.cabinet monday.cabinet.json shop.cabinet
`,
  archive: `
restored the right commit: true
first version
in the newest state: []
states to choose from: true
`,
  'change-events': `
create inbox
create letter
content
rename letter answered
attributes
remove answered
`,
  'copy-tree': `
one tree: 33 MiB
two trees: 33 MiB
64 MiB of files, 32 MiB stored
before
0 bytes of the snapshot changed, 33 MiB in all
three copies: 33 MiB
`,
  durability: `
100 entries that survive a power cut
all of it survives now
and so do these
`,
  'full-queue': `
wait: 500 written, 0 refused
queue: 50 commands, 0 waiting
reject: 50 written, 450 refused ERR_QUEUE_FULL
results agree with the volume: true
first: fulfilled - second: AbortError
[ 'first' ]
`,
  locks: `
counter: 50
EAGAIN: resource temporarily unavailable, lock '/counter'
AbortError
locked: /counter exclusive
`,
  'in-place-of-node-fs': `
{"runs":2}
13 bytes of log
packed
many times the same
true second
ENOTDIR rmdir /log
`,
  query: `
300000 /photos/2025/sea.jpg
200000 /photos/2026/hill-again.jpg
200000 /photos/2026/hill.jpg
/photos 3 700000
/photos/2026 2 400000
/photos/2025 1 300000
hill-again.jpg = hill.jpg
ERR_QUERY_TIMEOUT
ERR_QUERY_INVALID
`,
  'quick-start': `
# Today
- try cabinetfs

directory 2026
other latest
24 bytes, a regular file: true
ENOENT open /missing
`,
  serve: `
live 200 - ready 200
healthy - writer: ok
metrics: true
page: 200 text/html; charset=utf-8
closed: ECONNREFUSED
ERR_SERVE_EXPOSED
`,
  'scheduled-backups': `
3 backups are kept
the newest says four
`,
  'stream-big-file': `
64 MiB written
same bytes: true
07070707070707070808080808080808
`,
  transaction: `
step 1: ENOENT in rename
<h1>One</h1>
counter 25
ERR_VERSION_MISMATCH: expected version 0
`,
  'unlinked-file': `
names: 0
intermediate 0
another file
`,
  'worker-threads': `
counter 100
0 1 2 3
threads that are still attached: 0
afterwards ERR_VOLUME_CLOSED
`,
  upkeep: `
in use: 15 of 20 MiB back
sound: true []
as a whole, while it is open: ERR_COMPACTION_REFUSED
closed: 5 MiB
compact ok by call, as a whole
check ok by call
compact ok by call
check ok by creation
`,
  watch: `
rename pages/index.html
change pages/index.html
rename pages
rename drafts
change drafts/index.html
config 0 -> 0
config 0 -> 2
config 2 -> 17
rename site
done
`,
};

/** Tested with the command line, which it shows. */
const TESTED_ELSEWHERE = ['demo'];

const EXAMPLES = projectFiles('examples', '.mjs')
  .map((file) => basename(file, '.mjs'))
  .filter((name) => !TESTED_ELSEWHERE.includes(name));

test('every example has its output here', (t) => {
  t.deepEqual(EXAMPLES, Object.keys(OUTPUTS).sort());
});

for (const name of EXAMPLES) {
  test.serial(`examples/${name}.mjs`, async (t) => {
    const run = await runNode([projectPath('examples', `${name}.mjs`)]);
    t.is(run.stderr, '');
    t.is(run.stdout, (OUTPUTS[name] ?? '').trimStart());
    t.is(run.status, 0);
  });

  test(`examples/${name}.mjs says what it is for and how to run it`, (t) => {
    const [first] = readProjectFile(`examples/${name}.mjs`).split('\n');
    t.regex(first as string, new RegExp(`^// .+ Run: node examples/${name}\\.mjs$`));
  });
}
