/** Real programs on a mount. */
import { join } from 'node:path';
import { shell, mountTest as test, withMount } from './mounting.js';

test('git clone, work and fsck', async (t) => {
  t.timeout(150_000);
  await withMount(t, { threads: 2 }, async ({ dir, folder }) => {
    const origin = join(folder, 'origin');
    const env =
      'export GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent; g="git -c user.name=n -c user.email=e@example.org"';
    await shell(
      t,
      `${env}; mkdir "$1"; cd "$1"; git init -q -b main .
       for d in $(seq 20); do mkdir $d; for f in $(seq 15); do echo "$d $f" > $d/$f; done; done
       ln -s 1/1 link; chmod +x 1/1; git add .; $g commit -qm first`,
      origin,
    );
    const said = await shell(
      t,
      `${env}; cd "$1"; git clone -q "$2" work; cd work; git status --porcelain
       echo change >> 3/3; git mv 4/4 4/moved; $g commit -qam second; git checkout -q HEAD~1
       git checkout -q main; git gc -q; git fsck --strict 2>&1; git status --porcelain
       git log --format=%s; test -x 1/1; readlink link; git diff --stat origin/main | tail -1`,
      dir,
      origin,
    );
    t.is(said, 'second\nfirst\n1/1\n 2 files changed, 1 insertion(+)\n');
  });
});
