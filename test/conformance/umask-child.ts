/**
 * Run by `umask.test.ts` under the umask to be tried: prints the modes that new files get on both
 * filesystems. A process of its own, because a umask belongs to a process.
 */
import { diskSubject, type Subject, testedSubject } from '../support/subject.js';

async function modesOn(subject: Subject): Promise<readonly string[]> {
  const { promises: fs, root } = subject;
  await fs.writeFile(`${root}/file`, '');
  await fs.writeFile(`${root}/open`, '', { mode: 0o777 });
  await fs.mkdir(`${root}/dir`);
  await fs.mkdir(`${root}/deep/er`, { recursive: true, mode: 0o707 });
  await (await fs.open(`${root}/opened`, 'w', 0o666)).close();
  await fs.chmod(`${root}/open`, 0o777);
  await fs.copyFile(`${root}/open`, `${root}/copy`);
  await fs.symlink('file', `${root}/link`);
  const names = ['file', 'open', 'dir', 'deep', 'deep/er', 'opened', 'copy', 'link'];
  const modes = names.map(async (name) => {
    const { mode } = await fs.lstat(`${root}/${name}`);
    return `${name} ${mode.toString(8)}`;
  });
  return await Promise.all(modes);
}

async function main(): Promise<void> {
  const subjects = { disk: await diskSubject(), tested: await testedSubject() };
  const disk = await modesOn(subjects.disk);
  const tested = await modesOn(subjects.tested);
  await subjects.disk.dispose();
  await subjects.tested.dispose();
  process.stdout.write(JSON.stringify({ disk, tested }));
}

await main();
