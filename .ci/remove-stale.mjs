// Removes what an earlier build made of sources that are gone: the compiler leaves it, and it would be
// run as a test or published. Part of `npm run build`.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OUTPUTS = { src: 'dist', test: 'build/test', bench: 'build/bench' };
const OUTPUT_ENDING = /\.(js|d\.ts)(\.map)?$/;

for (const [sources, output] of Object.entries(OUTPUTS)) {
  const folder = join(root, output);
  if (!existsSync(folder)) continue;
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!OUTPUT_ENDING.test(file)) continue;
    if (existsSync(join(root, sources, file.replace(OUTPUT_ENDING, '.ts')))) continue;
    rmSync(join(folder, file));
    console.log(`removed ${join(output, file)}, which has no source`);
  }
}
