/** npm on a mount: the packages of a real program are installed there, and it runs from there. */
import { projectPath } from '../../support/project.js';
import { DEFAULT_CACHING } from '../support/cachings.js';
import { onMount, withPrograms } from './program.js';

const PACK = projectPath('.ci/pack-project.mjs');

// webpack: 63 packages, 3,400 files, JavaScript alone. Nothing is asked of a registry.
const SCRIPT = `
  node '${PACK}' webpack "$BESIDE" > "$BESIDE/packages"
  cp -r "$BESIDE/project" .; cd project
  install() { npm ci --offline --ignore-scripts --no-audit --no-fund --no-update-notifier --silent; }
  install
  test $(find node_modules -name package.json | wc -l) -ge $(cat "$BESIDE/packages")
  for tarball in "$BESIDE"/tarballs/*.tgz; do tar -tzf "$tarball" | grep -v '/$'; done | wc -l > "$BESIDE/packed"
  test $(find node_modules -type f | grep -v '^node_modules/.package-lock.json$' | wc -l) = $(cat "$BESIDE/packed")
  echo 'let x = 1;' | node_modules/.bin/acorn --silent
  mkdir src
  echo "import { add } from './add.js'; console.log('bundled', add(40, 2));" > src/index.js
  echo 'export function add(a, b) { return a + b; }' > src/add.js
  echo "module.exports = { mode: 'production', target: 'node', cache: { type: 'filesystem' } };" > webpack.config.js
  echo "require('webpack')(require('./webpack.config.js'), (error, stats) => {
    if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
  });" > build.js
  node build.js; node dist/main.js; rm -r dist
  node build.js; node dist/main.js
  install; node build.js`;

for (const { name, options } of [DEFAULT_CACHING]) {
  withPrograms('npm', 'tar')(`npm ci installs packages that run; ${name}`, (t) =>
    onMount(t, SCRIPT, (said) => t.is(said, 'bundled 42\nbundled 42\n'), options),
  );
}
