/**
 * What a line of the shell does, whoever gives it: a person at a terminal or a program. Statements may
 * take several lines and end with `;`; a line that begins with `.` is a command of the shell itself.
 */
import type { Volume } from '../../index.js';
import { runDotCommand } from './dot-commands.js';
import { type Mode, render, type ShellResult } from './render.js';
import { StatementBuffer } from './statement-buffer.js';

export interface ShellSettings {
  mode: Mode;
  /** Most rows of a result. */
  rowsMax: number;
  /** Longest that a query may run, in milliseconds. */
  timeoutMs: number;
}

/** Where a session writes. */
export interface ShellOutput {
  write(text: string): Promise<void>;
  /** A remark for people. */
  note(text: string): void;
  /** Columns of the terminal; undefined where there is none. */
  readonly widthMax: number | undefined;
}

/** What a person may wait for; programs have a limit in rows only. */
const RESULT_BYTES_MAX = 256 * 1024 * 1024;

export class ShellSession {
  readonly volume: Volume;
  readonly settings: ShellSettings;
  readonly output: ShellOutput;
  readonly #buffer = new StatementBuffer();
  #isEnded = false;
  #wasTruncated = false;

  constructor(volume: Volume, settings: ShellSettings, output: ShellOutput) {
    this.volume = volume;
    this.settings = settings;
    this.output = output;
  }

  /** Whether a statement has begun and not ended. */
  get isInStatement(): boolean {
    return !this.#buffer.isEmpty;
  }

  /** `.quit` was given. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Some result had more rows than it may. */
  get wasTruncated(): boolean {
    return this.#wasTruncated;
  }

  end(): void {
    this.#isEnded = true;
  }

  /** Forgets the statement that has begun. */
  discard(): void {
    this.#buffer.clear();
  }

  /** Does what a line asks for. The first error ends it. */
  async takeLine(line: string, signal: AbortSignal): Promise<void> {
    if (!this.isInStatement && line.trimStart().startsWith('.')) {
      await runDotCommand(this, line.trim(), signal);
      return;
    }
    for (const statement of this.#buffer.addLine(line)) await this.run(statement, signal);
  }

  /** Runs what has begun, as if it had ended with a semicolon. */
  async takeEnd(signal: AbortSignal): Promise<void> {
    const statement = this.#buffer.rest();
    if (statement !== undefined) await this.run(statement, signal);
  }

  async run(sql: string, signal: AbortSignal): Promise<void> {
    const result = await this.#query(sql, signal);
    this.#wasTruncated ||= result.truncated;
    await this.output.write(render(result, this.settings.mode, this.output.widthMax));
    this.output.note(footerOf(result));
  }

  async #query(sql: string, signal: AbortSignal): Promise<ShellResult> {
    const { mode, rowsMax, timeoutMs } = this.settings;
    const limits = { rowsMax, timeoutMs, bytesMax: RESULT_BYTES_MAX, signal };
    if (mode !== 'json') {
      return this.volume.query(sql, [], { ...limits, rowMode: 'array' });
    }
    // Rows are objects in JSON: this refuses two columns of one name.
    const result = await this.volume.query(sql, [], limits);
    const { columns } = result;
    return { ...result, rows: result.rows.map((row) => columns.map((name) => row[name] ?? null)) };
  }
}

function footerOf({ rows, truncated, durationMs }: ShellResult): string {
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
  const seconds = `${(durationMs / 1000).toFixed(2)} s`;
  return truncated ? `The first ${count}; there are more (${seconds}).` : `${count} (${seconds})`;
}
