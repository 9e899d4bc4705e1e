/** What programs work on in the scenarios of mounts, made once on the disk. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from './child.js';
import { payloadOf } from './payload.js';
import { PACK_PROJECT } from './project.js';

const C_FILES = 40;
const PIECE_BYTES = 1_048_576;

/** `sh`, which ends at the first failure; `$SOURCES` and `$HOME` are the folder of the sources. */
export async function runShell(script: string, cwd: string, sources: string): Promise<string> {
  const env = {
    SOURCES: sources,
    HOME: sources,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'bench',
    GIT_AUTHOR_EMAIL: 'bench@example.org',
    GIT_COMMITTER_NAME: 'bench',
    GIT_COMMITTER_EMAIL: 'bench@example.org',
  };
  return await runChild('sh', ['-euc', `cd '${cwd}'; ${script}`], { env });
}

export const NPM_CI = 'npm ci --offline --ignore-scripts --no-audit --no-fund --no-update-notifier';

/** `project`, which npm can install; `repo`, its packages in git on two branches, packed; `c`; `big`. */
export async function makeSources(folder: string, bigMib: number): Promise<void> {
  await runChild(process.execPath, [PACK_PROJECT, 'webpack', folder]);
  await runShell(
    `cp -r project repo; cd repo; ${NPM_CI} --silent
    git init -q -b main; git add -A; git commit -qm one; git checkout -qb other
    find . -path ./.git -prune -o -type f -name '*.js' -print | sort | awk 'NR % 4 == 0' > ../changed
    while read -r file; do echo '// changed' >> "$file"; done < ../changed
    git commit -qam two; git checkout -q main; git gc -q`,
    folder,
    folder,
  );
  await makeCProject(join(folder, 'c'));
  await writeBig(join(folder, 'big'), bigMib);
}

async function makeCProject(folder: string): Promise<void> {
  const numbers = Array.from({ length: C_FILES }, (_, index) => index);
  await mkdir(folder);
  for (const n of numbers) {
    await writeFile(join(folder, `part${n}.h`), `int part${n}(int x);\n`);
    const include = `#include <stdio.h>\n#include "part${(n + 1) % C_FILES}.h"\n`;
    const body = `int part${n}(int x) { return x > 99 ? printf("%d\\n", x) : part${(n + 1) % C_FILES}(x + 1); }\n`;
    await writeFile(join(folder, `part${n}.c`), include + body);
  }
  await writeFile(
    join(folder, 'main.c'),
    '#include "part0.h"\nint main(void) { return part0(0) < 0; }\n',
  );
  const makefile = [
    `OBJECTS := main.o ${numbers.map((n) => `part${n}.o`).join(' ')}`,
    'program: $(OBJECTS)',
    '\tgcc -o $@ $^',
    '%.o: %.c $(wildcard *.h)',
    '\tgcc -O1 -c -o $@ $<',
  ];
  await writeFile(join(folder, 'Makefile'), `${makefile.join('\n')}\n`);
}

/** A file of random bytes. */
export async function writeBig(path: string, mib: number): Promise<void> {
  const content = payloadOf(PIECE_BYTES);
  await writeFile(
    path,
    Buffer.concat(Array.from({ length: mib }, (_, index) => content.of(index))),
  );
}
