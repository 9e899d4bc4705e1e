// A volume in the place of `node:fs`: code that was written for it.   Run: node examples/in-place-of-node-fs.mjs
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { openVolume } from 'cabinetfs';

// Written for `import fs from 'node:fs'`; it only has to be given another one.
function settings(fs, path) {
  if (!fs.existsSync(path)) fs.writeFileSync(path, JSON.stringify({ runs: 0 }));
  const { runs } = JSON.parse(fs.readFileSync(path, 'utf8'));
  fs.writeFileSync(path, JSON.stringify({ runs: runs + 1 }));
  return fs.readFileSync(path, 'utf8');
}

function appendTo(fs, path, line, callback) {
  fs.open(path, 'a', (openError, fd) => {
    if (openError) return callback(openError);
    fs.write(fd, `${line}\n`, (writeError) =>
      fs.close(fd, (error) => callback(writeError ?? error)),
    );
  });
}

const volume = await openVolume();
const { fs } = volume;

settings(fs, '/settings.json');
console.log(settings(fs, '/settings.json'));

await promisify(appendTo)(fs, '/log', 'first');
await promisify(appendTo)(fs, '/log', 'second');
console.log(fs.statSync('/log').size, 'bytes of log');

// Streams, with back-pressure, through whatever takes streams.
fs.writeFileSync('/page.html', '<p>many times the same</p>'.repeat(10_000));
await pipeline(
  fs.createReadStream('/page.html'),
  createGzip(),
  fs.createWriteStream('/page.html.gz', { flush: true }),
);
console.log(fs.statSync('/page.html.gz').size < 10_000 ? 'packed' : 'not packed');

// A part of a file, as a server answers a request for a range.
const hash = createHash('sha1');
for await (const piece of fs.createReadStream('/page.html', { start: 3, end: 21 })) {
  hash.update(piece);
  console.log(String(piece));
}

// The styles share descriptors, errors and everything else.
const handle = await fs.promises.open('/log');
console.log(fs.fstatSync(handle.fd).isFile(), fs.readFileSync(handle.fd, 'utf8').split('\n')[1]);
await handle.close();
try {
  fs.rmdirSync('/log');
} catch ({ code, syscall, path }) {
  console.log(code, syscall, path);
}

await volume.close();
