/** Directories that are listed through several threads while entries come and go. */
import { join } from 'node:path';
import { runProgram } from '../../support/run-program.js';
import { shell, mountTest as test, withMount } from './mounting.js';

const STAYING = 3000;
const LISTERS = 4;
const ROUNDS = 6;

/** Names in the order in which they are told, doubles included. */
async function list(dir: string, plus: boolean): Promise<string[]> {
  const args = plus ? ['-l', '-U', '--time-style=+'] : ['-U', '-1'];
  const { stdout } = await runProgram('ls', [...args, dir], { timeoutMs: 60_000 });
  return stdout.split('\n').flatMap((line) => /\S+$/.exec(line) ?? []);
}

test('what is there all the time is told once by every listing', async (t) => {
  await withMount(t, { threads: 4 }, async ({ volume, dir }) => {
    const { promises } = volume.fs;
    const names = Array.from(
      { length: STAYING },
      (_, index) => `stays-${index * 7}-${'n'.repeat(index % 60)}`,
    );
    await promises.mkdir('/d');
    await volume.transaction((tx) => {
      for (const name of names) tx.writeFile(`/d/${name}`, '');
    });
    let isOver = false;
    const churn = async (label: number): Promise<void> => {
      for (let index = 0; !isOver; index += 1) {
        const path = `/d/stays-${(index * 13) % 20_000}-goes-${label}`;
        await promises.writeFile(path, '');
        if (index % 2 === 0) await promises.rename(path, `${path}-again`);
        await promises.rm(index % 2 === 0 ? `${path}-again` : path);
      }
    };
    const churning = [churn(1), churn(2)];
    const lister = async (number: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const told = (await list(join(dir, 'd'), (number + round) % 2 === 0)).filter(
          (name) => name.startsWith('stays') && !name.includes('goes'),
        );
        t.is(told.length, STAYING);
        t.is(new Set(told).size, STAYING, 'nothing is told twice');
      }
    };
    try {
      await Promise.all(Array.from({ length: LISTERS }, (_, number) => lister(number)));
    } finally {
      isOver = true;
      await Promise.all(churning);
    }
  });
});

const SEEK = `
opendir(my $dir, $ARGV[0]) or die $!;
my (@names, @places);
while (1) {
  my $place = telldir($dir);
  my $name = readdir($dir);
  last unless defined $name;
  push @names, $name;
  push @places, $place;
}
my $removed = 0;
for (my $at = $#names; $at >= 0; $at -= 17) {
  seekdir($dir, $places[$at]);
  my $name = readdir($dir);
  die "at $at: $name is not $names[$at]" unless $name eq $names[$at];
  # What comes after a place does not depend on what was removed in front of it.
  if ($at > 20 && $names[$at - 10] =~ /^n/) {
    unlink("$ARGV[0]/$names[$at - 10]") or die $!;
    $removed++;
  }
}
rewinddir($dir);
my @left = readdir($dir);
die "left " . scalar(@left) unless @left == @names - $removed;
print "ok";
`;

test('a listing goes on from wherever it was, whatever has gone meanwhile', async (t) => {
  await withMount(t, { threads: 3 }, async ({ volume, dir }) => {
    await volume.transaction((tx) => {
      for (let index = 0; index < 2000; index += 1) tx.writeFile(`/n${index}`, '');
    });
    const { stdout, stderr } = await runProgram('perl', ['-e', SEEK, dir]);
    t.is(stdout, 'ok', stderr);
  });
});

test('find and rm of a tree at the same time', async (t) => {
  await withMount(t, { threads: 4 }, async ({ dir, volume }) => {
    await shell(
      t,
      'cd "$1"; for d in $(seq 60); do mkdir $d; (cd $d; seq 100 | xargs touch); done',
      dir,
    );
    const finds = [1, 2, 3].map(() => shell(t, 'find "$1" | wc -l', dir));
    for (const count of await Promise.all(finds)) t.is(Number(count), 6061);
    await Promise.all(['1', '2', '3'].map((part) => shell(t, 'rm -rf "$1"/$2*', dir, part)));
    t.is((await volume.fs.promises.readdir('/')).length, 60 - 33);
    await shell(t, 'rm -rf "$1"/*', dir);
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});
