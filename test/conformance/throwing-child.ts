/**
 * Run by `throwing.test.ts`: callbacks and listeners that throw, on the subject named by the first
 * argument. Prints what reached `uncaughtException`, and that the filesystem goes on working.
 *
 * A process of its own, because what a callback throws ends one.
 */
import { SUBJECTS, type Subject } from '../support/subject.js';

type Call = (subject: Subject, fd: number, callback: () => void) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  stat: ({ face, root }, _, callback) => face.stat(`${root}/file`, callback),
  'stat of a missing file': ({ face, root }, _, callback) => face.stat(`${root}/no`, callback),
  exists: ({ face, root }, _, callback) => face.exists(`${root}/file`, callback),
  access: ({ face, root }, _, callback) => face.access(`${root}/file`, callback),
  readFile: ({ face, root }, _, callback) => face.readFile(`${root}/file`, callback),
  writeFile: ({ face, root }, _, callback) => face.writeFile(`${root}/new`, 'x', callback),
  appendFile: ({ face, root }, _, callback) => face.appendFile(`${root}/new`, 'x', callback),
  mkdir: ({ face, root }, _, callback) => face.mkdir(`${root}/dir`, callback),
  'mkdir of what exists': ({ face, root }, _, callback) => face.mkdir(`${root}/dir`, callback),
  readdir: ({ face, root }, _, callback) => face.readdir(root, callback),
  rename: ({ face, root }, _, callback) => face.rename(`${root}/new`, `${root}/moved`, callback),
  unlink: ({ face, root }, _, callback) => face.unlink(`${root}/moved`, callback),
  rmdir: ({ face, root }, _, callback) => face.rmdir(`${root}/dir`, callback),
  realpath: ({ face, root }, _, callback) => face.realpath(`${root}/file`, callback),
  'realpath.native': ({ face, root }, _, callback) =>
    face.realpath.native(`${root}/file`, callback),
  cp: ({ face, root }, _, callback) => face.cp(`${root}/file`, `${root}/copy`, callback),
  copyFile: ({ face, root }, _, callback) =>
    face.copyFile(`${root}/file`, `${root}/other`, callback),
  rm: ({ face, root }, _, callback) => face.rm(`${root}/copy`, callback),
  truncate: ({ face, root }, _, callback) => face.truncate(`${root}/other`, 2, callback),
  opendir: ({ face, root }, _, callback) => face.opendir(root, callback),
  read: ({ face }, fd, callback) => face.read(fd, Buffer.alloc(2), 0, 2, 0, callback),
  write: ({ face }, fd, callback) => face.write(fd, 'ab', callback),
  writev: ({ face }, fd, callback) => face.writev(fd, [Buffer.from('a')], callback),
  fstat: ({ face }, fd, callback) => face.fstat(fd, callback),
  fsync: ({ face }, fd, callback) => face.fsync(fd, callback),
  'close of a descriptor nobody has': ({ face }, _, callback) => face.close(2 ** 31 - 1, callback),
  // Not Dir.read: Node 20 calls its callback a second time when the first threw.
  'Dir.close': ({ face, root }, _, callback) => face.opendirSync(root).close(callback),
  'the open of a read stream': ({ face, root }, _, callback) =>
    face.createReadStream(`${root}/file`).on('open', callback),
  'the data of a read stream': ({ face, root }, _, callback) =>
    face.createReadStream(`${root}/file`).on('data', callback),
  'the error of a read stream': ({ face, root }, _, callback) =>
    face.createReadStream(`${root}/no`).on('error', callback),
  'the finish of a write stream': ({ face, root }, _, callback) =>
    face.createWriteStream(`${root}/stream`).on('finish', callback).end('x'),
  'a write of a write stream': ({ face, root }, _, callback) =>
    face.createWriteStream(`${root}/stream`).end('x', callback),
};

/** Turns of the event loop in which a second call of a callback would show. */
const TURNS = 5;

async function thrownBy(subject: Subject, fd: number, name: string, call: Call): Promise<unknown> {
  let calls = 0;
  const caught: string[] = [];
  await new Promise<void>((resolve) => {
    process.on('uncaughtException', (error) => {
      caught.push(error.message);
      resolve();
    });
    call(subject, fd, () => {
      calls += 1;
      throw new Error(`thrown by ${name}`);
    });
  });
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.removeAllListeners('uncaughtException');
  const text = await subject.promises.readFile(`${subject.root}/file`, 'utf8');
  return { name, calls, caught, text };
}

async function main(name: string): Promise<void> {
  const subject = await SUBJECTS[name]?.();
  if (subject === undefined) throw new Error(`no subject is called '${name}'`);
  const { face, root } = subject;
  await subject.promises.writeFile(`${root}/file`, 'content');
  face.writeFileSync(`${root}/descriptor`, 'content');
  const fd = face.openSync(`${root}/descriptor`, 'r+');
  const thrown: unknown[] = [];
  for (const [about, call] of Object.entries(CALLS)) {
    thrown.push(await thrownBy(subject, fd, about, call));
  }
  face.closeSync(fd);
  await subject.dispose();
  process.stdout.write(JSON.stringify(thrown));
}

await main(process.argv[2] ?? '');
