/** What a salvage found, file by file, for programs and for people. */
import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * - `partial`: some of it was written, or not all of it is proven, under its name with `.damaged` behind it
 * - `lost`: nothing could be written
 * - `moved`: it is whole, and in `lost+found` or under another name because its own is lost
 * - `changed`: it is whole, and something about it is lost: attributes, extended attributes
 */
export type SalvageStatus = 'partial' | 'lost' | 'moved' | 'changed';

export interface SalvagedRange {
  readonly start: number;
  readonly end: number;
  /** `lost`: zeros stand there; `unproven`: bytes whose checksum is wrong. */
  readonly state: 'lost' | 'unproven';
}

/** A file of which something is to be said. */
export interface SalvagedEntry {
  /** In the volume, as far as it is known; null for what has no name left. */
  readonly path: string | null;
  readonly ino: number;
  readonly status: SalvageStatus;
  /** Below the target; null when nothing was written. */
  readonly writtenAs: string | null;
  /** For a person, without a full stop. */
  readonly reason: string;
  /** Of a `partial` file: what is missing, the first thousand of them. */
  readonly ranges: readonly SalvagedRange[];
}

export interface SalvageCounts {
  /** Regular files that are whole: every byte has its checksum. */
  intact: number;
  /** Regular files of which something is missing. */
  partial: number;
  /** Names and files of which nothing is left. */
  lost: number;
  directories: number;
  symlinks: number;
  /** Further names of files that are counted already. */
  hardLinks: number;
  /** FIFOs, sockets and devices, which are never made. */
  leftOut: number;
  /** Deleted files that somebody had open. */
  deleted: number;
  /** Content of what was written, holes included. */
  bytes: number;
}

export interface SalvageResult extends Readonly<SalvageCounts> {
  /** Whether everything that the volume held is there and whole. */
  readonly isComplete: boolean;
  /** What there is to say of files, at most the first thousand; the report has all. */
  readonly entries: readonly SalvagedEntry[];
  readonly entriesTotal: number;
  readonly pages: {
    readonly total: number;
    /** Pages of the trees that cannot be read. */
    readonly lost: number;
    /** Rows in other pages that cannot be. */
    readonly damagedRows: number;
  };
  readonly log: { readonly frames: number; readonly damagedFrames: number };
  /** Remarks on the whole. */
  readonly notes: readonly string[];
  /** The report as JSON, and beside it as text. */
  readonly reportPath: string;
  readonly textReportPath: string;
  readonly durationMs: number;
}

const REPORT_NAME = 'salvage-report';
const REPORT_MODE = 0o600;
export const ENTRIES_LISTED_MAX = 1000;

/** Opens a report beside what was written, of which nothing is replaced. */
function openReport(dest: string, ending: string): { readonly path: string; readonly fd: number } {
  for (let number = 0; ; number += 1) {
    const path = `${dest}/${REPORT_NAME}${number === 0 ? '' : `-${number}`}.${ending}`;
    try {
      return { path, fd: openSync(path, 'wx', REPORT_MODE) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function write(dest: string, ending: string, text: string): string {
  const { path, fd } = openReport(dest, ending);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
  return path;
}

/** Everything but where the reports are. */
export type Findings = Omit<SalvageResult, 'reportPath' | 'textReportPath' | 'entriesTotal'>;

export function writeReports(volume: string, dest: string, findings: Findings): SalvageResult {
  const document = { volume, target: dest, ...findings };
  const reportPath = write(dest, 'json', `${JSON.stringify(document, null, 2)}\n`);
  const textReportPath = write(dest, 'txt', textOf(volume, findings));
  return {
    ...findings,
    entries: findings.entries.slice(0, ENTRIES_LISTED_MAX),
    entriesTotal: findings.entries.length,
    reportPath,
    textReportPath,
  };
}

function textOf(volume: string, findings: Findings): string {
  const { intact, partial, lost, directories, symlinks, hardLinks, notes, entries } = findings;
  const { leftOut, deleted, pages, log } = findings;
  const lines = [
    `What was got out of ${shown(volume)}`,
    '',
    `${intact} files whole, ${partial} in part, ${lost} lost`,
    `${directories} directories, ${symlinks} symbolic links, ${hardLinks} further names`,
    `${leftOut} devices, FIFOs and sockets left out, ${deleted} deleted files left out`,
    `${pages.lost} of ${pages.total} pages and ${pages.damagedRows} rows cannot be read`,
  ];
  if (log.frames > 0)
    lines.push(`${log.damagedFrames} of ${log.frames} frames of the log are damaged`);
  lines.push(...notes, '');
  for (const entry of entries) lines.push(...linesOf(entry));
  return `${lines.join('\n')}\n`;
}

function linesOf({ path, ino, status, writtenAs, reason, ranges }: SalvagedEntry): string[] {
  const place = path === null ? `inode ${ino}` : shown(path);
  const target = writtenAs === null ? '' : ` -> ${shown(writtenAs)}`;
  return [
    `${status.padEnd(8)}${place}${target}: ${reason}`,
    ...ranges.map(({ start, end, state }) => `          ${state} from ${start} to ${end}`),
  ];
}

/** A name may hold line breaks and what moves the cursor of a terminal. */
function shown(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
