/** Opens files until there are no more descriptors, and asks every way to open one more. */
import { once } from 'node:events';
import { normalise } from '../support/normalise.js';
import type { Subject } from '../support/subject.js';
import type { Outcome } from './case.js';

const OPEN_MAX = 10_000;

export async function exhaust({ face, root }: Subject): Promise<unknown> {
  const folder = `${root}/folder`;
  face.mkdirSync(folder);
  const path = `${folder}/file`;
  face.writeFileSync(path, 'content');
  const outcome = (action: () => unknown): Promise<Outcome> => attempt(folder, action);
  const fds: number[] = [];
  const first = await outcome(() => {
    while (fds.length < OPEN_MAX) fds.push(face.openSync(path, 'r'));
  });
  const answers = [
    first,
    await outcome(() => face.openSync(path, 'w')),
    await outcome(() => opened(face, path)),
    await outcome(() => face.promises.open(path, 'r+')),
    await outcome(async () => (await once(face.createReadStream(path), 'error'))[0]),
    await outcome(async () => (await once(face.createWriteStream(path), 'error'))[0]),
    await outcome(() => face.openSync(`${folder}/missing`, 'r')),
    await outcome(() => face.statSync(path).size),
    await outcome(() => face.fstatSync(fds[0] ?? -1).size),
  ];
  face.closeSync(fds.pop() ?? -1);
  answers.push(await outcome(() => fds.push(face.openSync(path, 'r')) > 0));
  for (const fd of fds) face.closeSync(fd);
  return answers;
}

function opened(face: Subject['face'], path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    face.open(path, 'r', (error, fd) => (error ? reject(error) : resolve(fd)));
  });
}

async function attempt(folder: string, action: () => unknown): Promise<Outcome> {
  try {
    return { returned: normalise((await action()) ?? null, folder) };
  } catch (error) {
    return { threw: normalise(error, folder) };
  }
}
