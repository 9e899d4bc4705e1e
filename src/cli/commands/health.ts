/** `cabinet health`: how a volume gets on, by its file or by the address that it is served at. */
import type { Command } from 'commander';
import type { Health, HealthCheck } from '../../index.js';
import { EXIT } from '../exit-codes.js';
import { UsageError } from '../failure.js';
import { humanBytes, humanCount, humanSeconds, table } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { type CommonOptions, outputOf, reading } from '../session.js';
import { TOKEN_GIVEN, TOKEN_VARIABLE } from '../token.js';

const ANSWER_MAX_MS = 10_000;

export function healthCommand(): Command {
  return baseCommand('health', 'Say how a volume gets on, and what to do about it.')
    .argument('<volume>', 'the volume, or the address that it is served at')
    .addHelpText(
      'after',
      `
A volume is opened for reading only: what its writer is doing is told by the
process that has it open, at the address of 'cabinet serve'. A token is taken
from the environment, ${TOKEN_VARIABLE}. Ends with 0 when all is well,
with 8 when it is degraded and with 3 when it is unhealthy.
${examples('cabinet health project.cabinet', 'cabinet health http://127.0.0.1:9464 --json')}`,
    )
    .action(health);
}

async function health(where: string, options: CommonOptions): Promise<void> {
  const found = /^https?:\/\//i.test(where)
    ? await ask(where)
    : await reading(where, async (volume) => volume.health());
  await outputOf(options).answer(found, () => textOf(found));
  if (found.status === 'degraded') process.exitCode = EXIT.degraded;
  if (found.status === 'unhealthy') process.exitCode = EXIT.problems;
}

async function ask(address: string): Promise<Health> {
  const headers = TOKEN_GIVEN === undefined ? {} : { authorization: `Bearer ${TOKEN_GIVEN}` };
  const url = addressOf(address);
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MAX_MS) }).catch(
    (cause: unknown) => {
      throw noAnswer(url, cause instanceof Error ? reasonOf(cause) : String(cause));
    },
  );
  // 503 is the answer of a volume that is unhealthy.
  if (response.status !== 200 && response.status !== 503) {
    throw noAnswer(url, `it answers ${response.status}`);
  }
  const answer = (await response.json().catch(() => undefined)) as Health | undefined;
  if (typeof answer?.checks !== 'object') throw noAnswer(url, 'what answers is no volume');
  return answer;
}

function addressOf(address: string): URL {
  try {
    return new URL('/healthz', address);
  } catch {
    throw new UsageError(`'${address}' is no address.`, 'For example http://127.0.0.1:9464');
  }
}

/** What fetch says of itself is always the same; the cause tells. */
function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

function noAnswer(url: URL, reason: string): Error {
  const text = `'${url.origin}' does not tell its health: ${reason}.`;
  return Object.assign(new Error(text), {
    code: 'ERR_NO_ANSWER',
    hint: `See whether 'cabinet serve' runs there, and whether it wants a token (${TOKEN_VARIABLE}).`,
  });
}

function textOf({ path, status, checks }: Health): string {
  const rows = Object.entries(checks).map(([name, check]) => [
    name,
    check.status,
    shownValue(check),
    check.status === 'ok' || check.status === 'off' ? '' : check.message,
  ]);
  return `${path} is ${status}.\n${table(rows, [2])}`;
}

function shownValue({ value, unit }: HealthCheck): string {
  if (value === null) return '-';
  if (typeof value === 'string') return value;
  if (unit === 'bytes') return humanBytes(value);
  return unit === 'milliseconds' ? humanSeconds(value) : humanCount(value);
}
