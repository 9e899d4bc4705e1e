/**
 * fio on a mount: writes in order and anywhere, 4 KiB to 1 MiB, through the cache, past it and into mapped
 * memory, each block with a checksum, and reads all of them back.
 */
import { CACHINGS } from '../support/cachings.js';
import { LONG, onMount, withPrograms } from './program.js';

const SIZE = LONG ? '256m' : '8m';

// Jobs run one after the other (stonewall). `verify_fatal` ends at the first block that is wrong.
const JOBS = `
  cat > "$BESIDE/jobs" <<'END'
[global]
size=${SIZE}
verify=crc32c
verify_fatal=1
do_verify=1
randrepeat=0
thread
stonewall
verify_state_save=0

[in-order-4k]
rw=write
bs=4k
size=4m

[in-order-128k]
rw=write
bs=128k

[in-order-1m]
rw=write
bs=1m

[anywhere]
rw=randwrite
bsrange=4k-1m
bs_unaligned=1

[anywhere-and-read]
rw=randrw
bs=4k
size=4m

[several-at-once]
rw=randwrite
bs=64k
numjobs=3

[synced]
rw=randwrite
bs=16k
size=2m
fsync=8

[mapped]
ioengine=mmap
rw=randwrite
bs=4k
size=4m

[past-the-cache]
direct=1
rw=randrw
bsrange=4k-1m
blockalign=4k

[past-the-cache-several]
direct=1
ioengine=libaio
iodepth=8
rw=randwrite
bs=64k
END
  fio --output="$BESIDE/report" --output-format=json "$BESIDE/jobs" >&2 || { cat "$BESIDE/report" >&2; exit 1; }
  grep -c '"jobname"' "$BESIDE/report"
  grep '"error"' "$BESIDE/report" | sort | uniq -c | tr -s ' '
  ls | wc -l`;

for (const { name, options } of CACHINGS) {
  withPrograms('fio')(`fio reads what it wrote, with every size of block; ${name}`, (t) =>
    onMount(t, JOBS, (said) => t.is(said, '12\n 12 "error" : 0,\n12\n'), options),
  );
}
