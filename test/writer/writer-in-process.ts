/** A `Writer` in the test's own thread, so that its connection can be made to fail. */
import { join } from 'node:path';
import type { Change } from '#src/core/change.js';
import type { VolumeError } from '#src/core/errors.js';
import { decodeFailure, isFailure } from '#src/core/failure.js';
import { type OpenOptions, resolveOptions } from '#src/core/options.js';
import type { Job } from '#src/writer/batch.js';
import type { Command, CommandName } from '#src/writer/commands.js';
import { WriterGauges } from '#src/writer/gauges.js';
import { Writer, type WriterHost } from '#src/writer/writer.js';

const CLIENT = 1;
const CREATOR = { mode: 0o644, uid: 0, gid: 0 };

/** A host that does not care. */
export const IDLE_HOST: WriterHost = {
  onCommitting: () => undefined,
  onSettled: () => undefined,
  onChanges: () => undefined,
  onFailed: () => undefined,
  onIdleWork: () => undefined,
};

export class WriterInProcess {
  readonly path: string;
  readonly writer: Writer;
  readonly gauges: WriterGauges = new WriterGauges();
  readonly changes: Change[] = [];
  readonly failures: VolumeError[] = [];

  constructor(folder: string, options: OpenOptions = {}) {
    this.path = join(folder, 'test.cabinet');
    this.writer = new Writer(this.path, resolveOptions(options), this.gauges, {
      ...IDLE_HOST,
      onChanges: (changes) => this.changes.push(...changes.map(({ change }) => change)),
      onFailed: (reason) => this.failures.push(reason),
    });
    this.writer.start();
  }

  /** Runs jobs in one batch; a failure comes out as an Error in its place. */
  run(...jobs: readonly Job[]): unknown[] {
    return this.writer
      .run(jobs)
      .map((result) => (isFailure(result) ? describeFailure(result) : result));
  }

  /** Does all the work between batches. */
  idle(): void {
    while (this.writer.hasIdleWork) this.writer.idle();
  }
}

type Encoded = Parameters<typeof decodeFailure>[0];

function describeFailure(failure: Encoded): { code: unknown; step?: number } {
  const { code } = decodeFailure(failure) as Error & { code?: unknown };
  return failure.step === undefined ? { code } : { code, step: failure.step };
}

export function command(name: CommandName, args: readonly unknown[], data?: string): Command {
  return { name, args, data: data === undefined ? undefined : Buffer.from(data) };
}

export function job(...steps: readonly Command[]): Job {
  return { client: CLIENT, steps, isTransaction: false, wantsResult: false };
}

export function transaction(...steps: readonly Command[]): Job {
  return { client: CLIENT, steps, isTransaction: true, wantsResult: false };
}

const O_WRONLY_CREAT_TRUNC = 0o1101;

export function writeFile(path: string, content: string): Command {
  return command('writeFile', [path, O_WRONLY_CREAT_TRUNC, CREATOR], content);
}

export function mkdir(path: string): Command {
  return command('mkdir', [path, { ...CREATOR, mode: 0o755 }]);
}

/** A fault for every insertion of the name `name` into a directory. */
export function whenNaming(name: string, error: () => unknown) {
  return {
    matches: (sql: string, parameters: readonly unknown[]) =>
      sql.startsWith('INSERT INTO dentry') && parameters.includes(name),
    error,
  };
}

/** A fault for a statement given by its whole text. */
export function whenRunning(text: string, error: () => unknown) {
  return { matches: (sql: string) => sql === text, error };
}
