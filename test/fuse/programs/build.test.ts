/** Git and a C project on a mount. */
import { MAKE_TREE, onMount, withPrograms } from './program.js';

withPrograms('git')('git clones, checks out, commits, collects and finds all in order', (t) =>
  onMount(
    t,
    `${MAKE_TREE}
    make_tree "$BESIDE/repo" 120; rm "$BESIDE/repo/fifo" "$BESIDE/repo/sparse"
    (cd "$BESIDE/repo" && git init -q -b main && git add -A && git commit -qm one &&
      git checkout -qb other && for d in $(seq 1 2 120); do echo other >> dir$d/file1.txt; rm dir$d/file9.txt; done &&
      git commit -qam two && git checkout -q main)
    git clone -q --no-hardlinks "$BESIDE/repo" clone; cd clone
    git status --porcelain
    git checkout -q other; git status --porcelain; git checkout -q main; git status --porcelain
    echo more >> dir1/file1.txt; mv dir2/file2.txt dir2/renamed.txt
    git status --porcelain | wc -l
    git add -A; git commit -qm three
    git status --porcelain
    git gc -q --prune=now; git fsck --strict --no-progress
    git log --format=%s | head -2
    git stash list; git grep -c more -- dir1 | head -1`,
    (said) => t.is(said, '3\nthree\none\ndir1/file1.txt:1\n'),
  ),
);

withPrograms('gcc', 'make')('make builds a program, and does nothing the second time', (t) =>
  onMount(
    t,
    `for n in $(seq 1 12); do
      printf 'int f%d(int x) { return x + %d; }\\n' $n $n > f$n.c
      printf 'int f%d(int x);\\n' $n > f$n.h
    done
    { for n in $(seq 1 12); do echo "#include \\"f$n.h\\""; done; echo 'int main(void) { int x = 0;'; for n in $(seq 1 12); do echo "x = f$n(x);"; done
      echo 'return x == 78 ? 0 : 1; }'; } > main.c
    printf 'OBJ := main.o $(patsubst %%,f%%.o,$(shell seq 1 12))\\nprog: $(OBJ)\\n\\tgcc -o $@ $^\\n%%.o: %%.c\\n\\tgcc -c -o $@ $<\\nclean:\\n\\trm -f prog *.o\\n' > Makefile
    make -s -j2; ./prog && echo built
    make -q && make
    touch f3.c; make -n | wc -l
    make -s; make -q; make -s clean; ls *.o 2>/dev/null | wc -l`,
    (said) => t.regex(said, /^built\nmake: 'prog' is up to date\.\n2\n0\n$/),
  ),
);
