// Transactions: several changes as one, and compare-and-swap.   Run: node examples/transaction.mjs
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const fs = volume.fs.promises;

// All or nothing: the steps are recorded at once and applied in one commit.
await volume.transaction((tx) => {
  tx.mkdir('/site');
  tx.writeFile('/site/index.html', '<h1>One</h1>');
  tx.symlink('/site', '/current');
});

// The second step fails, so the first leaves no trace. `step` tells which one it was.
await volume
  .transaction((tx) => {
    tx.writeFile('/site/index.html', '<h1>Two</h1>');
    tx.rename('/missing', '/site/style.css');
  })
  .catch(({ code, syscall, step }) => console.log(`step ${step}: ${code} in ${syscall}`));
console.log(await fs.readFile('/current/index.html', 'utf8'));

// Compare-and-swap: a write that applies only if the file is still at the version that was seen.
// Version 0 means "there is no such file". The version is taken before the content is read, so a
// change in between is noticed.
async function increment(path) {
  for (;;) {
    const version = await volume.version(path);
    const count = version === 0 ? 0 : Number(await fs.readFile(path, 'utf8'));
    try {
      return await fs.writeFile(path, String(count + 1), { ifVersion: version });
    } catch (error) {
      // Somebody was faster: `error.expected` and `error.actual` say how far. Look again.
      if (error.code !== 'ERR_VERSION_MISMATCH') throw error;
    }
  }
}

// 25 callers at once: none of the increments is lost.
await Promise.all(Array.from({ length: 25 }, () => increment('/counter')));
console.log('counter', await fs.readFile('/counter', 'utf8'));

// A transaction may watch files that it does not change.
await volume
  .transaction((tx) => {
    tx.require('/counter', 0);
    tx.writeFile('/first-run', '');
  })
  .catch(({ code, expected }) => console.log(`${code}: expected version ${expected}`));

await volume.close();
