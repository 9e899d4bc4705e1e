// A temporary file without a name: it works until it is closed.   Run: node examples/unlinked-file.mjs
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const fs = volume.fs.promises;

const handle = await fs.open('/scratch', 'w+');
await fs.unlink('/scratch');

// The name is gone at once, for everybody.
console.log('names:', (await fs.readdir('/')).length);

// The file is not: reading, writing, truncating go on through the handle.
await handle.writeFile('intermediate result');
await handle.truncate(12);
const { buffer } = await handle.read(Buffer.alloc(12), 0, 12, 0);
console.log(buffer.toString(), (await handle.stat()).nlink);

// The name is free for another file meanwhile.
await fs.writeFile('/scratch', 'another file');
console.log(await fs.readFile('/scratch', 'utf8'));

// Closing deletes it. So does the next opening, should the process die before.
await handle.close();
await volume.close();
