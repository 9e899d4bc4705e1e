/**
 * Whatever a command is called with: an exit code of docs/cli.md, one clear message without a stack, and
 * nothing written by a command that was called wrongly.
 */
import { deepStrictEqual } from 'node:assert';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { openVolume, verifyVolume } from '#src/index.js';
import { cabinet } from '../cli/cabinet.js';
import { withFolder } from '../support/temporary-volume.js';
import { surroundings } from '../volume/refusal.js';
import { fuzz } from './runs.js';

const EXIT_CODES: readonly (number | null)[] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const WRONG = 2;
const NO_VOLUME = 4;

/** Stands for the folder of the run: an absolute path of the disk that may be written. */
const HERE = '@';

const VOLUMES = [
  'v.cabinet',
  'v.cabinet',
  'v.cabinet',
  'v.cabinet',
  'missing',
  'text',
  'dir',
  '',
  `${HERE}/v.cabinet`,
  'v.cabinet/',
];
/** None is a path of the disk outside of the folder, whichever side a command takes it for. */
const WORDS = [
  ...[
    'file',
    'dir',
    'dir/inner',
    'new',
    'new/deep/er',
    'text',
    'v.cabinet',
    'copy.tar',
    '-',
    '--',
    '.',
    './/dir/.',
  ],
  ...[
    `${HERE}/new`,
    `${HERE}/text`,
    'grüße',
    ' ',
    '',
    '*',
    '\ud800',
    'n'.repeat(300),
    'a\nb',
    '-x',
    '--no',
    '=',
    '0',
  ],
];
/** For commands all whose other words are of the volume. */
const INSIDE = [
  '/',
  '/file',
  '/dir',
  '/dir/',
  '/dir/inner',
  '/missing',
  '/../file',
  '/link',
  '/dir/../file',
  '//',
];
const NUMBERS = [
  '0',
  '1',
  '8K',
  '64K',
  '-1',
  '1e3',
  '1.5',
  'x',
  '',
  '99999999999999999999',
  '4096',
  '7d',
  '5s',
  '1h:5',
  '0x10',
  'Infinity',
  ' 1',
];

/** Flags with what may follow them. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      '--json',
      '-q',
      '-h',
      '-V',
      '-l',
      '-R',
      '-a',
      '-b',
      '-f',
      '-r',
      '-p',
      '-s',
      '-n',
      '--force',
      '--tar',
      '--owners',
    ].map((flag) => [flag, []]),
  ),
  ...Object.fromEntries(
    [
      '--no-owners',
      '--no-xattrs',
      '--content',
      '--no-content',
      '--repair',
      '--full',
      '--overwrite',
      '--no-verify',
    ].map((flag) => [flag, []]),
  ),
  ...Object.fromEntries(
    [
      '--keep-replaced',
      '--no-safety-copy',
      '--dry-run',
      '--list',
      '--csv',
      '--line',
      '--nonsense',
      '--jso',
      '-lq',
      '-Z',
      '--json=1',
    ].map((flag) => [flag, []]),
  ),
  ...Object.fromEntries(
    [
      '--page-size',
      '--chunk-size',
      '--throttle',
      '--pages-max',
      '--limit',
      '--timeout',
      '--every',
      '--keep',
      '--base-every',
      '-m',
    ].map((flag) => [flag, NUMBERS]),
  ),
  '--durability': ['full', 'off', 'interval', 'some', ''],
  '--mode': ['passive', 'truncate', 'x', '644', '999', ''],
  '--at': ['2020-01-01', 'yesterday', '5m ago', '', '9e9', 'now'],
  '--from': ['dir', '.', 'missing', '', `${HERE}/dir`],
  '--to': ['dir', 'new', '.', '', `${HERE}/dir`],
  '-c': [
    'SELECT 1',
    'SELECT',
    'DELETE FROM inode',
    '.tables',
    '.nonsense',
    '',
    'SELECT * FROM file',
    '; ; ;',
  ],
  '--port': ['0', '-1', '99999', 'http', ''],
  '--threads': NUMBERS,
};

/** Commands by what their words are; those that run until they are ended get what they refuse. */
const INSIDE_COMMANDS = ['ls', 'cat', 'rm', 'mv', 'mkdir', 'ln'];
const OTHER_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      'create',
      'info',
      'put',
      'get',
      'import',
      'export',
      'check',
      'stats',
      'shell',
      'health',
      'checkpoint',
    ].map((name) => [name, []]),
  ),
  ...Object.fromEntries(
    [
      'compact',
      'backup',
      'restore',
      'verify',
      'migrate',
      'umount',
      'help',
      'lss',
      '',
      '--json',
      '-V',
    ].map((name) => [name, []]),
  ),
  archive: ['--once'],
  serve: ['--token-file', 'missing'],
  mount: ['--log', 'log'],
};

const flag: fc.Arbitrary<readonly string[]> = fc
  .constantFrom(...Object.entries(FLAGS))
  .chain(([name, values]) =>
    values.length === 0
      ? fc.constant<readonly string[]>([name])
      : fc.constantFrom(...values).map((value) => [name, value]),
  );

function words(list: readonly string[]): fc.Arbitrary<string[]> {
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...list).map((word) => [word]) },
    { weight: 2, arbitrary: flag },
  );
  return fc.array(part, { maxLength: 5 }).map((parts) => parts.flat());
}

const volume = fc.constantFrom(...VOLUMES);

const call: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...INSIDE_COMMANDS), volume, words([...INSIDE, ...WORDS]))
    .map(([name, file, rest]) => [name, file, ...rest]),
  fc
    .tuple(fc.constantFrom(...Object.entries(OTHER_COMMANDS)), volume, words(WORDS))
    .map(([[name, first], file, rest]) => [name, ...first, file, ...rest]),
);

/** A program cannot be called with half a character. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

async function makePlace(folder: string): Promise<void> {
  mkdirSync(join(folder, 'dir'));
  writeFileSync(join(folder, 'dir/inner'), 'inner');
  writeFileSync(join(folder, 'text'), 'no volume');
  await using opened = await openVolume(join(folder, 'v.cabinet'));
  const { promises } = opened.fs;
  await promises.mkdir('/dir');
  await promises.writeFile('/dir/inner', 'inner');
  await promises.writeFile('/file', Buffer.alloc(100_000, 'file'));
  await promises.symlink('file', '/link');
}

/** What is wrong with what a command that failed said. */
function faultOf(
  args: readonly string[],
  status: number | null,
  stdout: string,
  stderr: string,
): string | undefined {
  if (!EXIT_CODES.includes(status)) return `the exit code ${status}`;
  if (/\n\s+at |SQLITE_|node:internal|\[object|undefined/.test(stderr))
    return 'a message from the inside';
  if (status === 0 || status === 6) return undefined;
  // A check that found problems, and health, answer on the standard output.
  if (stderr === '' && stdout !== '') return undefined;
  if (stderr.trim() === '') return 'no message';
  // Before `--` only: what comes behind it is no flag.
  const flags = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (flags.includes('--json') && status !== WRONG) {
    const { error } = JSON.parse(stderr) as { error: { code?: unknown; message?: unknown } };
    return typeof error.code === 'string' && typeof error.message === 'string'
      ? undefined
      : 'no error in the JSON';
  }
  return undefined;
}

test.serial('every command with every argument that may be given to it', async (t) => {
  await withFolder(async (folder) => {
    const whole = join(folder, 'whole');
    mkdirSync(whole);
    await makePlace(whole);
    let runs = 0;
    await fuzz(t, call, 12, async (given) => {
      runs += 1;
      const own = join(folder, `run-${runs}`);
      cpSync(whole, own, { recursive: true });
      const args = given.map((word) => wellFormed(word.replaceAll(HERE, own)));
      const before = surroundings(join(own, 'x'));
      const { status, stdout, stderr } = await cabinet(args, { cwd: own, timeoutMs: 60_000 });
      const fault = faultOf(args, status, stdout, stderr);
      if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify(args)}\n${stderr}`);
      if (status === WRONG || status === NO_VOLUME) {
        deepStrictEqual(surroundings(join(own, 'x')), before, `${JSON.stringify(args)}\n${stderr}`);
      }
      const report = await verifyVolume(join(own, 'v.cabinet'));
      deepStrictEqual(report.problems, [], JSON.stringify(args));
      rmSync(own, { recursive: true, force: true });
    });
  });
});
