/**
 * Code in the documents runs. A block that opens with "js run" is a program of its own; where a block
 * with "text output" follows, that is what it prints.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type CodeBlock, codeBlocks } from '../support/markdown.js';
import { projectFiles, projectPath, readProjectFile } from '../support/project.js';
import { type ProgramRun, runNode } from '../support/run-program.js';

const DOCUMENTS = ['README.md', ...projectFiles('docs', '.md')];
/** Inside the project, where `cabinetfs` can be imported by its own name. */
const PROGRAMS = projectPath('build/test/code-blocks');

async function runBlock({ text }: CodeBlock, name: string): Promise<ProgramRun> {
  await mkdir(PROGRAMS, { recursive: true });
  const program = join(PROGRAMS, `${name}.mjs`);
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-docs-'));
  await writeFile(program, text);
  try {
    return await runNode([program], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(
  t: ExecutionContext,
  block: CodeBlock,
  next: CodeBlock | undefined,
  name: string,
): Promise<void> {
  const run = await runBlock(block, name);
  t.is(run.stderr, '');
  t.is(run.status, 0);
  if (next?.info === 'text output') t.is(run.stdout, next.text);
}

for (const document of DOCUMENTS) {
  const blocks = codeBlocks(readProjectFile(document));
  for (const [index, block] of blocks.entries()) {
    if (block.info !== 'js run') continue;
    const name = `${document.replace(/\W+/g, '-')}-${block.line}`;
    test(`${document}:${block.line} runs`, (t) => check(t, block, blocks[index + 1], name));
  }
}

test('JavaScript in the readme is run', (t) => {
  const scripts = codeBlocks(readProjectFile('README.md')).filter(({ info }) =>
    /^(js|ts|javascript|typescript)\b/.test(info),
  );
  t.true(scripts.length > 0);
  t.deepEqual(
    scripts.filter(({ info }) => info !== 'js run').map(({ line }) => line),
    [],
  );
});
