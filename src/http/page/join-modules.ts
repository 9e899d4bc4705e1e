/**
 * Puts the compiled modules of the page into one script, which can stand inside a document: each module
 * becomes a function that is called once and gives its exports.
 *
 * It reads what the compiler writes of `browser/` (one import or export per line, names as they are), not
 * JavaScript at large. The page's test in a browser is what proves it.
 */
import { readFile } from 'node:fs/promises';

const FOLDER = new URL('./browser/', import.meta.url);
const IMPORT = /^import \{ ([^}]*) \} from '\.\/([\w-]+)\.js';$/gm;
const EXPORT = /^export (?=(?:async )?(?:function|class|const|let) (\w+))/gm;
const LEFT_OUT = /^(?:export \{\};|\/\/# sourceMappingURL=.*)$/gm;

/** The script that runs the module `entry` and all that it imports. */
export async function joinModules(entry: string): Promise<string> {
  const joined = new Map<string, string>();
  await addModule(entry, joined);
  return `'use strict';\n${[...joined.values()].join('\n')}`;
}

/** What a module imports comes before it. */
async function addModule(name: string, joined: Map<string, string>): Promise<void> {
  if (joined.has(name)) return;
  const text = await readFile(new URL(`${name}.js`, FOLDER), 'utf8');
  for (const [, , imported = ''] of text.matchAll(IMPORT)) await addModule(imported, joined);
  joined.set(name, asFunction(name, text));
}

function asFunction(name: string, text: string): string {
  const exported = [...text.matchAll(EXPORT)].map(([, each]) => each);
  const body = text
    .replace(
      IMPORT,
      (_line, names: string, from: string) => `const { ${names} } = ${variable(from)};`,
    )
    .replace(EXPORT, '')
    .replace(LEFT_OUT, '')
    .trim();
  return `const ${variable(name)} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();`;
}

function variable(name: string): string {
  return `module_${name.replaceAll('-', '_')}`;
}
