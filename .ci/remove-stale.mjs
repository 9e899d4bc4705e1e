// Removes what an earlier build made of sources that are gone: the compiler leaves it, and it would be
// run as a test or published. Part of `npm run build`; what the bundler makes it makes anew (bundle.mjs).
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COMPILED = /\.(js|d\.ts)(\.map)?$/;
const DECLARATIONS = /\.d\.ts(\.map)?$/;
const OUTPUTS = [
  { sources: 'src', output: 'build/src', endings: COMPILED },
  { sources: 'src', output: 'dist', endings: DECLARATIONS },
  { sources: 'test', output: 'build/test', endings: COMPILED },
  { sources: 'bench', output: 'build/bench', endings: COMPILED },
];

for (const { sources, output, endings } of OUTPUTS) {
  const folder = join(root, output);
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!endings.test(file) || file.startsWith(join('http', 'page', 'scripts'))) continue;
    if (existsSync(join(root, sources, file.replace(endings, '.ts')))) continue;
    rmSync(join(folder, file));
    console.log(`removed ${join(output, file)}, which has no source`);
  }
}
