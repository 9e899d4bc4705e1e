/**
 * How many cases a real folder as oracle agrees on with a volume and with memfs, our peer:
 *
 *   node build/test/conformance/peer.js             every table, as Markdown for docs/node-fs.md
 *   node build/test/conformance/peer.js namespace   only these tables, as JSON
 *
 * A process of its own, because what memfs throws where nobody can catch it ends one.
 *
 * Both are judged by what a program asked for: results and errors, and the names, kinds, contents and
 * targets that are left; not by link counts, owners and modes, nor by how callbacks were called.
 */
import { isDeepStrictEqual } from 'node:util';
import { diskSubject, memfsSubject, volumeSubject } from '../support/subject.js';
import type { Tree } from '../support/tree.js';
import type { Case } from './case.js';
import { TABLES } from './cases/tables.js';
import { type Observed, observe, type Stage, stageOf } from './observe.js';
import { STYLES, type Style } from './styles/style.js';

/** A case that is left hanging has failed. */
const CASE_TIME_MS_MAX = 1000;

export interface PeerCount {
  readonly style: Style;
  readonly total: number;
  readonly volume: number;
  readonly memfs: number;
}

interface Stages {
  readonly oracle: Stage;
  readonly volume: Stage;
  readonly memfs: Stage;
}

/** What was thrown outside of every call: it belongs to the case under way. */
let stray: unknown;
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => {
    stray = error;
  });
}

async function main(names: readonly string[]): Promise<void> {
  const stages: Stages = {
    oracle: stageOf(await diskSubject()),
    volume: stageOf(await volumeSubject()),
    memfs: stageOf(await memfsSubject()),
  };
  const counts: PeerCount[] = [];
  for (const style of STYLES) counts.push(await countIn(style, casesOf(names), stages));
  for (const { subject } of Object.values(stages) as Stage[]) await subject.dispose();
  const text = names.length > 0 ? JSON.stringify(counts) : tableOf(counts);
  process.stdout.write(text, () => process.exit());
}

function casesOf(names: readonly string[]): readonly Case[] {
  return Object.entries(TABLES)
    .filter(([name]) => names.length === 0 || names.includes(name))
    .flatMap(([, cases]) => cases as readonly Case[]);
}

async function countIn(style: Style, all: readonly Case[], stages: Stages): Promise<PeerCount> {
  const cases = all.filter(({ styles = STYLES }) => styles.includes(style));
  let [volume, memfs] = [0, 0];
  for (const [index, each] of cases.entries()) {
    const folder = `case-${index}-${style}`;
    const expected = judged(await observe(each, stages.oracle, style, folder));
    if (await agrees(each, style, folder, stages.volume, expected)) volume += 1;
    if (await agrees(each, style, folder, stages.memfs, expected)) memfs += 1;
  }
  return { style, total: cases.length, volume, memfs };
}

async function agrees(
  each: Case,
  style: Style,
  folder: string,
  stage: Stage,
  expected: unknown,
): Promise<boolean> {
  stray = undefined;
  try {
    const actual = await observe(each, stage, style, folder, CASE_TIME_MS_MAX);
    return stray === undefined && isDeepStrictEqual(judged(actual), expected);
  } catch {
    return false;
  }
}

function judged({ outcome, tree }: Observed): unknown {
  return { outcome, tree: 'threw' in tree ? tree : namesAndContents(tree as Tree) };
}

function namesAndContents(tree: Tree): unknown {
  return Object.entries(tree).map(([path, { kind, content, target }]) => [
    path,
    kind,
    content,
    target,
  ]);
}

function tableOf(counts: readonly PeerCount[]): string {
  const rows = counts.map(({ style, total, volume, memfs }) => rowOf(style, total, volume, memfs));
  return [rowOf('Style', 'Cases', 'cabinetfs', 'memfs'), RULE, ...rows, ''].join('\n');
}

const WIDTHS: readonly number[] = [8, 5, 9, 5];
const RULE = `| ${WIDTHS.map((width) => '-'.repeat(width)).join(' | ')} |`;

function rowOf(...cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell, index) => String(cell).padEnd(WIDTHS[index] ?? 0)).join(' | ')} |`;
}

await main(process.argv.slice(2));
