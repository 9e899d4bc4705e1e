/** Sticky directories: who may take what away from them and put it over what, by whose both are. */
import { ALICE, type PosixCase, posixCase, ROOT, type Step } from '../case.js';
import { KINDS, make, remove } from './kinds.js';

const ALICES = 1001;
/** Root, Alice and somebody else. */
const OWNERS = [0, ALICES, 1002];

function owned(kind: string, path: string, owner: number): Step[] {
  return [make(kind, path), [ROOT, 'lchown', path, owner, owner]];
}

function directory(path: string, owner: number, mode: number): Step[] {
  return [
    [ROOT, 'makedir', path, mode],
    [ROOT, 'chown', path, owner, owner],
  ];
}

/** What may stand where a kind is moved to. */
function targetsOf(kind: string): readonly string[] {
  const others = KINDS.filter((other) => (other === 'directory') === (kind === 'directory'));
  return ['nothing', ...others];
}

function targetSteps(target: string, path: string, owner: number): Step[] {
  return target === 'nothing' ? [] : owned(target, path, owner);
}

/** Whatever became of the move. */
function away(kind: string, ...paths: readonly string[]): Step[] {
  return paths.map((path) => remove(kind, path));
}

const OWNERSHIPS = OWNERS.flatMap((directoryOwner) =>
  OWNERS.map((fileOwner) => ({ directoryOwner, fileOwner })),
);

const CASES: readonly PosixCase[] = KINDS.flatMap((kind) =>
  OWNERSHIPS.flatMap(({ directoryOwner, fileOwner }) => {
    const whose = `of ${fileOwner} in a sticky directory of ${directoryOwner}`;
    const world = [...directory('s', directoryOwner, 0o1777), ...directory('d', ALICES, 0o755)];
    return [
      posixCase(
        `a ${kind} ${whose} is taken away`,
        ...world,
        ...owned(kind, 's/f', fileOwner),
        [ALICE, 'rename', 's/f', 's/g'],
        [ALICE, 'rename', 's/g', 's/f'],
        [ALICE, ...(remove(kind, 's/f').slice(1) as [string, string])],
        ...targetsOf(kind).flatMap((target): Step[] => [
          ...owned(kind, 's/from', fileOwner),
          ...targetSteps(target, 'd/to', ALICES),
          [ALICE, 'rename', 's/from', 'd/to'],
          [ALICE, 'rename', 'd/to', 's/from'],
          ...away(kind, 's/from', 'd/to'),
        ]),
      ),
      posixCase(
        `a ${kind} over what is ${whose}`,
        ...world,
        ...targetsOf(kind).flatMap((target): Step[] => [
          ...owned(kind, 'd/from', ALICES),
          ...targetSteps(target, 's/to', fileOwner),
          [ALICE, 'rename', 'd/from', 's/to'],
          [ALICE, 'renameat2', 's/to', 'd/from', 2],
          ...away(kind, 'd/from', 's/to'),
        ]),
      ),
    ];
  }),
);

/** A directory that moves gets another one above it: that is a change of itself. */
const SUBDIRECTORY: readonly PosixCase[] = [0o777, 0o755, 0o700, 0o1777].flatMap((mode) =>
  OWNERS.map((owner) =>
    posixCase(
      `a directory of ${owner} with mode ${mode.toString(8)} moves to another one`,
      ...directory('a', 0, 0o777),
      ...directory('b', 0, 0o777),
      ...directory('a/sub', owner, mode),
      [ALICE, 'rename', 'a/sub', 'a/other'],
      [ALICE, 'rename', 'a/other', 'a/sub'],
      [ALICE, 'rename', 'a/sub', 'b/sub'],
      [ALICE, 'renameat2', 'b', 'a', 2],
      [ROOT, 'create', 'a/file'],
      [ALICE, 'rename', 'a/file', 'b/file'],
    ),
  ),
);

export const STICKY_CASES: readonly PosixCase[] = [...CASES, ...SUBDIRECTORY];
