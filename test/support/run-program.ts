/** Runs a program to its end and collects what it says. */
import { spawn } from 'node:child_process';

export interface ProgramRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Text for its standard input, which is empty otherwise. */
  readonly input?: string | undefined;
  /** After this it is killed, in milliseconds. @defaultValue 120000 */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 120_000;

export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const { cwd, env, input = '', timeoutMs = TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env, timeout: timeoutMs });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...texts }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** A Node program, with the Node that runs the tests. */
export function runNode(args: readonly string[], options?: ProgramOptions): Promise<ProgramRun> {
  return runProgram(process.execPath, args, options);
}
