/** What tests read out of documents. */

export interface CodeBlock {
  /** What stands behind the opening fence, for example `js run`. */
  readonly info: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** Fenced code blocks in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, info] = /^```(.*)$/.exec(line) ?? [];
    if (info === undefined) open?.lines.push(line);
    else if (open === undefined) open = { info: info.trim(), line: index + 1, lines: [] };
    else {
      blocks.push({ info: open.info, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  return blocks;
}

function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

/** Rows of the tables whose first column is headed `heading`: cells by column heading. */
export function tableRows(markdown: string, heading: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  let headings: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) headings = undefined;
    else if (headings === undefined) headings = cellsOf(line);
    else if (headings[0] === heading && !/^\|[\s:|-]+$/.test(line)) {
      const cells = cellsOf(line);
      rows.push(Object.fromEntries(headings.map((name, index) => [name, cells[index] ?? ''])));
    }
  }
  return rows;
}

/** `ERR_X` out of a cell with a code span. */
export function codeOf(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

/** Targets of links and images, as they are written; code is left out. */
export function linkTargets(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
}

/** The anchor that a heading gets. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

export function anchorsOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchorOf(heading as string));
}
