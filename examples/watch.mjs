// Watching: names of what is committed, exactly once.          Run: node examples/watch.mjs
import { setImmediate } from 'node:timers/promises';
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const { fs } = volume;
await fs.promises.mkdir('/site/pages', { recursive: true });

// As with node:fs: `rename` when a name comes or goes, `change` for content and attributes.
const watcher = fs.watch('/site', { recursive: true }, (type, path) => console.log(type, path));
await fs.promises.writeFile('/site/pages/index.html', '<h1>One</h1>');
await fs.promises.appendFile('/site/pages/index.html', '<p>Two</p>');
await fs.promises.rename('/site/pages', '/site/drafts');
await fs.promises.chmod('/site/drafts/index.html', 0o600);
await setImmediate();
watcher.close();

// Stats before and after, without polling.
const config = '/site/config.json';
fs.watchFile(config, ({ size }, previous) => console.log('config', previous.size, '->', size));
await fs.promises.writeFile(config, '{}');
await fs.promises.writeFile(config, '{ "debug": true }');
await setImmediate();
fs.unwatchFile(config);

// And as an iterator, which ends with the volume.
const seen = (async () => {
  for await (const { eventType, filename } of fs.promises.watch('/'))
    console.log(eventType, filename);
  return 'done';
})();
await fs.promises.rm('/site', { recursive: true });
await volume.close();
console.log(await seen);
