/** The module as a whole: what it exports, and the few functions without a counterpart in promises. */
import { type Case, type CaseContext, NUMBERED, only } from '../case.js';
import { makeWorld, paddedPath, tryEach, WORLD_PATHS } from '../world.js';

type Fields = Readonly<Record<string, unknown>>;

/** What Node keeps for itself, and the names of a module that was imported. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  '_toUnixTimestamp',
  'default',
  'module.exports',
]);

const CLASSES: readonly string[] = ['Stats', 'Dirent', 'Dir', 'ReadStream', 'WriteStream'];

function namesOf(c: CaseContext): string[] {
  return Object.keys(c.face)
    .filter((name) => !NOT_COMPARED.has(name))
    .sort();
}

const moduleCases: readonly Case[] = [
  {
    title: 'fs exports every name that Node exports, of the same type',
    run: (c) => {
      const fields = c.face as unknown as Fields;
      return namesOf(c).map((name) => `${name}: ${typeof fields[name]}`);
    },
  },
  {
    title: 'fs.constants and the constants beside it have the values of Node',
    run: (c) => {
      const { F_OK, R_OK, W_OK, X_OK } = c.face as unknown as Fields;
      return [Object.fromEntries(Object.entries(c.face.constants).sort()), F_OK, R_OK, W_OK, X_OK];
    },
  },
  {
    title: 'the functions of fs have their names and work without their object',
    setup: (c) => c.fs.writeFile(c.at('file'), 'x'),
    run: async (c) => {
      const fields = c.face as unknown as Fields;
      const names = namesOf(c).map((name) => {
        const value = fields[name];
        return typeof value === 'function' ? `${name}: ${value.name}` : name;
      });
      const { readFileSync, statSync, existsSync } = c.face;
      return [
        names,
        readFileSync(c.at('file'), 'utf8'),
        statSync(c.at()).isDirectory(),
        existsSync(c.at('file')),
      ];
    },
  },
  {
    title: 'what the functions give are instances of the classes that fs exports',
    setup: (c) => c.fs.writeFile(c.at('file'), 'x'),
    run: async (c) => {
      const { face } = c;
      const dir = face.opendirSync(c.at());
      const read = face.createReadStream(c.at('file'));
      const write = face.createWriteStream(c.at('other'));
      const made = [
        face.statSync(c.at('file')) instanceof face.Stats,
        face.readdirSync(c.at(), { withFileTypes: true })[0] instanceof face.Dirent,
        dir instanceof face.Dir,
        read instanceof face.ReadStream,
        write instanceof face.WriteStream,
        CLASSES.map((name) => (face as unknown as Record<string, { name: string }>)[name]?.name),
      ];
      dir.closeSync();
      await Promise.all([read, write].map((stream) => closed(stream)));
      return made;
    },
  },
];

function closed(stream: { destroy(): unknown; once(name: 'close', done: () => void): unknown }) {
  return new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.destroy();
  });
}

const syncCases: readonly Case[] = [
  {
    title: 'existsSync answers with a boolean, whatever it is asked',
    setup: (c) => makeWorld(c),
    run: (c) => {
      const names = Object.values(WORLD_PATHS).flat();
      const odd = [undefined, null, 1, {}, [], true, 'a\0b', Symbol('path'), ''];
      return [
        names.map((name) => c.face.existsSync(c.at(name))),
        odd.map((path) => c.face.existsSync(path as never)),
        c.face.existsSync(Buffer.from(c.at('file'))),
        c.face.existsSync(new URL(`file://${c.at('file')}`)),
      ];
    },
  },
  {
    title: 'statSync and lstatSync with throwIfNoEntry false give undefined for what is missing',
    setup: (c) => makeWorld(c),
    run: async (c) => {
      const options = { throwIfNoEntry: false } as const;
      const outcomes: unknown[] = [];
      for (const name of ['file', 'missing', 'missing/child', 'file/child', 'dangling', 'loop']) {
        outcomes.push(
          await c.attempt(() => c.face.statSync(c.at(name), options)),
          await c.attempt(() => c.face.lstatSync(c.at(name), options)),
          await c.attempt(() => c.face.statSync(c.at(name), { ...options, bigint: true })),
        );
      }
      return outcomes;
    },
  },
];

/** `realpath.native` on everything in the world named in every manner. */
const nativeCases: readonly Case[] = [
  ...Object.entries(WORLD_PATHS).map(
    ([kind, paths]): Case => ({
      title: `realpath.native of ${kind} named in every manner`,
      run: (c) =>
        tryEach(c, paths, false, (world, path) => c.call('realpath.native', `${world}/${path}`)),
    }),
  ),
  {
    title: 'realpath.native gives the path in the encoding asked for and refuses wrong ones',
    setup: (c) => makeWorld(c),
    run: async (c) => {
      const outcomes: unknown[] = [];
      for (const encoding of ['utf8', 'buffer', 'klingon', 1, null, {}, { encoding: 'latin1' }]) {
        outcomes.push(await c.attempt(() => c.call('realpath.native', c.at('to-dir'), encoding)));
      }
      const paths = [undefined, null, 1, {}, 'a\0b', '', Buffer.from(c.at('to-file'))];
      for (const path of paths) {
        outcomes.push(await c.attempt(() => c.call('realpath.native', path)));
      }
      return [...outcomes, await c.attempt(() => c.call('realpath', paddedPath(c, 'file', 4095)))];
    },
  },
];

export const moduleTableCases: readonly Case[] = [
  ...only(['sync'], [...moduleCases, ...syncCases]),
  ...only(NUMBERED, nativeCases),
];
