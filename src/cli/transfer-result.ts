/** How imports and exports tell what they did. */
import type { SkippedEntry, TransferResult } from '../index.js';
import { EXIT } from './exit-codes.js';
import { counted, humanBytes, humanSeconds, shownName } from './format.js';
import type { Output } from './output.js';

/** Remarks beyond this many would only hide the others. */
const NOTES_MAX = 20;

/** Tells of entries that are left out, without disturbing the bar. */
export class SkipNotes {
  readonly #output: Output;
  readonly #kept: string[] = [];
  #count = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  add({ path, detail }: SkippedEntry): void {
    this.#count += 1;
    if (this.#count <= NOTES_MAX) this.#kept.push(`left out '${shownName(path)}': ${detail}`);
  }

  /** Writes what has come together; after the bar is gone. */
  flush(): void {
    for (const note of this.#kept.splice(0)) this.#output.note(note);
    const more = this.#count - NOTES_MAX;
    if (more > 0) this.#output.note(`and ${counted(more, 'more entry', 'more entries')}`);
    this.#count = 0;
  }
}

/** The last words of a transfer, and exit code 6 when something was left out. */
export async function finishTransfer(
  output: Output,
  verb: string,
  result: TransferResult,
  durationMs: number,
): Promise<void> {
  for (const warning of result.warnings) output.note(warning);
  await output.done({ ...result, durationMs }, `${verb} ${summary(result, durationMs)}.\n`);
  if (result.skippedCount > 0) process.exitCode = EXIT.incomplete;
}

function summary(result: TransferResult, durationMs: number): string {
  const { files, directories, symlinks, hardLinks, special } = result;
  const parts = [counted(files, 'file'), counted(directories, 'directory', 'directories')];
  if (symlinks > 0) parts.push(counted(symlinks, 'symbolic link'));
  if (hardLinks > 0) parts.push(counted(hardLinks, 'hard link'));
  if (special > 0) parts.push(counted(special, 'special file'));
  const rate = result.bytes / Math.max(durationMs / 1000, 0.001);
  const lines = [
    `${parts.join(', ')}: ${humanBytes(result.bytes)} in ${humanSeconds(durationMs)} (${humanBytes(rate)}/s)`,
  ];
  if (result.unchanged > 0) {
    lines.push(`${counted(result.unchanged, 'entry was', 'entries were')} there already`);
  }
  if (result.skippedCount > 0) {
    lines.push(`${counted(result.skippedCount, 'entry was', 'entries were')} left out`);
  }
  return lines.join('; ');
}
