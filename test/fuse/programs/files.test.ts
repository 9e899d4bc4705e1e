/** tar, rsync, cp, mv, find and rm on a mount. */
import { MAKE_TREE, onMount, withPrograms } from './program.js';

withPrograms('tar', 'diff')('tar extracts a tree that diff and tar find no difference in', (t) =>
  onMount(
    t,
    `${MAKE_TREE}
    make_tree "$BESIDE/tree" 25
    tar -C "$BESIDE" --format=posix -cf "$BESIDE/tree.tar" tree
    tar -xpf "$BESIDE/tree.tar"
    rm "$BESIDE/tree/fifo"; test -p tree/fifo; rm tree/fifo
    diff -r --no-dereference "$BESIDE/tree" tree
    find tree -type f -links 2 | wc -l
    stat -c %A tree/dir1/file3.txt
    stat -c %y tree/dir1/file4.txt`,
    (said) => {
      t.is(said.split('\n')[0], '50');
      t.regex(said, /-rwsr-xr-x\n2001-02-03 \d\d:\d\d:06\.123456789/);
    },
  ),
);

withPrograms('rsync')('rsync -a copies so that rsync finds nothing more to do', (t) =>
  onMount(
    t,
    `${MAKE_TREE}
    make_tree "$BESIDE/tree" 25
    rsync -aH "$BESIDE/tree/" copy
    rsync -aHni --checksum "$BESIDE/tree/" copy
    rsync -aHni copy/ "$BESIDE/tree"
    echo changed > copy/dir3/file7.txt
    rsync -ain "$BESIDE/tree/" copy
    rsync -a --delete "$BESIDE/tree/" copy
    rsync -ain --delete "$BESIDE/tree/" copy`,
    (said) => t.regex(said, /^>f\S+ dir3\/file7\.txt\n$/),
  ),
);

withPrograms('cp', 'find')('cp -a, mv between mount and disk, find and rm -rf', (t) =>
  onMount(
    t,
    `${MAKE_TREE}
    make_tree tree 25
    cp -a tree copy
    (cd tree && find . -printf '%p %M %n %U %G %s %T@ %l\\n' | grep -v '^./sparse\\|^\\. \\|dir.* d\\|^./dir[0-9]* ' | sort) > "$BESIDE/a"
    (cd copy && find . -printf '%p %M %n %U %G %s %T@ %l\\n' | grep -v '^./sparse\\|^\\. \\|dir.* d\\|^./dir[0-9]* ' | sort) > "$BESIDE/b"
    cmp "$BESIDE/a" "$BESIDE/b"
    cmp tree/sparse copy/sparse
    mv copy moved; mv moved "$BESIDE/out"; mv "$BESIDE/out" back
    (cd back && find . -printf '%p %M %n %U %G %s %T@ %l\\n' | grep -v '^./sparse\\|^\\. \\|dir.* d\\|^./dir[0-9]* ' | sort) > "$BESIDE/c"
    cmp "$BESIDE/a" "$BESIDE/c"
    find back -name '*.txt' -newer tree/dir1/file4.txt | wc -l
    rm -rf tree back
    ls -A`,
    (said) => t.is(said, '499\n'),
  ),
);

withPrograms('rm')('rm -rf of thousands of files in one directory, listed before', (t) =>
  onMount(
    t,
    `mkdir many; cd many
    seq 1 8000 | xargs touch
    ls -f | wc -l; ls | head -1; find . -type f | wc -l
    cd ..; rm -rf many; ls -A`,
    (said) => t.is(said, '8002\n1\n8000\n'),
  ),
);

withPrograms('dd')('dd with all block sizes, and a file over 4 GiB', (t) =>
  onMount(
    t,
    `head -c 3000000 /dev/urandom > "$BESIDE/source"
    for bs in 1000 4k 65536 1M; do
      dd if="$BESIDE/source" of=copy bs=$bs status=none; cmp "$BESIDE/source" copy
      dd if=copy of=again bs=$bs status=none; cmp copy again
    done
    dd if="$BESIDE/source" of=far bs=1M seek=5000 conv=notrunc status=none
    stat -c %s far
    tail -c 3000000 far | cmp - "$BESIDE/source"
    test $(du -k far | cut -f1) -lt 10000
    cp --sparse=always far far2; stat -c %s far2; tail -c 3000000 far2 | cmp - "$BESIDE/source"`,
    (said) => t.is(said, '5245880000\n5245880000\n'),
  ),
);
