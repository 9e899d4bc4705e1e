// Records what the kernel here asks a mount, for recorded.json:
//
//   node test/fuse/recorded/record.mjs > test/fuse/recorded/recorded.json
//
// Needs a build and the right to mount. One request of each kind is kept, from a session of ordinary
// commands; numbers of processes and users are made 0.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BroadcastChannel, MessageChannel } from 'node:worker_threads';
import { HoldBoard } from '#src/core/hold-board.js';
import { WitnessBoard } from '#src/core/witness-board.js';
import { WriteBehind } from '#src/core/write-behind.js';
import { AttachedAccess } from '#src/fuse/attached-access.js';
import { createDeskCells, Desk } from '#src/fuse/desk.js';
import { answer } from '#src/fuse/handler.js';
import { createOpeningBoard, Openings } from '#src/fuse/openings.js';
import { createPositionBoard, Positions } from '#src/fuse/positions.js';
import { createPage } from '#src/fuse/protocol/reply.js';
import { decodeRequest } from '#src/fuse/protocol/request.js';
import { openVolume } from '#src/index.js';

const SESSION = `
cd "$0"
echo hello > a; cat a; echo more >> a; mkdir d; ln -s a link; readlink link; ln a hard
mkfifo fifo; mv a b; ls -la . d; stat -f .; chmod 600 b; touch -d '2001-01-01 00:00:00.5' b
python3 - <<'END'
import fcntl, os
f = open('b', 'r+b')
os.fsync(f.fileno()); fcntl.flock(f, 2); fcntl.lockf(f, 2); fcntl.lockf(f, 8)
fcntl.fcntl(f, fcntl.F_GETLK, b'\\x01' + bytes(31))
os.posix_fallocate(f.fileno(), 0, 10); os.lseek(f.fileno(), 0, 4)
os.copy_file_range(f.fileno(), os.open('c', os.O_RDWR | os.O_CREAT), 3, 0)
os.setxattr('b', 'user.a', b'value'); os.getxattr('b', 'user.a'); os.listxattr('b'); os.removexattr('b', 'user.a')
d = os.open('.', os.O_RDONLY); os.fsync(d)
import ctypes; os.rename('c', 'e'); os.rename('e', 'c')
ctypes.CDLL(None).renameat2(-100, b'b', -100, b'c', 2)
END
sync -f .; rm c; rmdir d; echo 3 > /proc/sys/vm/drop_caches
`;

const folder = mkdtempSync(join(tmpdir(), 'cabinetfs-record-'));
const dir = mkdtempSync(join(folder, 'mount-'));
const volume = await openVolume(join(folder, 'v.cabinet'), {});
const fd = openSync('/dev/fuse', 'r+');
const options = 'fd=3,rootmode=040000,user_id=0,group_id=0,default_permissions,allow_other';
spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'record', dir], {
  stdio: ['ignore', 'inherit', 'inherit', fd],
});
// Apart from this process, which serves the mount and so must not wait for anything on it.
const script = `sh -c '${SESSION.replaceAll("'", "'\\''")}' ${dir} > /dev/null 2>&1; umount ${dir}`;
spawn('sh', ['-c', `timeout 60 ${script} || umount -l ${dir}`], { stdio: 'ignore' });
const known = {
  behind: new WriteBehind({ totals: volume.internals.behind.buffer }),
  holds: new HoldBoard(),
};
const channels = [new BroadcastChannel(`${folder} 1`), new BroadcastChannel(`${folder} 2`)];
const page = createPage(1 << 21);
const { port1 } = new MessageChannel();
const session = {
  volume: new AttachedAccess(volume.path, volume.internals, known, false),
  positions: new Positions(createPositionBoard(), channels[0]),
  openings: new Openings(createOpeningBoard(), channels[1]),
  options: { cacheMs: 0, isReadOnly: false, writeBehind: false },
  remembered: new WitnessBoard(),
  desk: new Desk({ port: port1, cells: createDeskCells(), mount: 'm' }),
  page,
};
const requests = createPage(1 << 21);
const kept = {};
const anonymous = (bytes) => {
  bytes.fill(0, 24, 36);
  return bytes.toString('hex');
};
for (;;) {
  let length;
  try {
    length = readSync(fd, requests.buffer, 0, requests.buffer.length, null);
  } catch (error) {
    if (error.code === 'ENODEV') break;
    continue;
  }
  const request = decodeRequest(requests.buffer, requests.view, length);
  const bytes = anonymous(Buffer.from(requests.buffer.subarray(0, length)));
  kept[request.name ?? `unknown ${request.opcode}`] ??= bytes;
  const replied = answer(session, request, (error) => console.error(error));
  if (replied > 0) {
    try {
      writeSync(fd, page.buffer, 0, replied);
    } catch {}
  }
}
closeSync(fd);
port1.close();
for (const channel of channels) channel.close();
await volume.close();
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify(kept, null, 2));
