/** Runs a program to its end, for contenders that are commands. */
import { spawn } from 'node:child_process';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves with what the program printed; rejects, with the end of its stderr, when it failed. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<string> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    const said = (stderr.trim() || stdout.trim()).replace(/\s*\n\s*/g, ' | ');
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`);
  }
  return stdout;
}
