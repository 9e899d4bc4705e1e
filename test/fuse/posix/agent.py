"""Runs cases of system calls in a folder and says what each call answered and what it left behind.

    python3 -B agent.py FOLDER ELSEWHERE [--ask] [--there] < cases.json > results.json

A case is a list of steps [who, call, argument...]; who is null (root) or [uid, gid, [groups]]. Each case
has a fresh folder, in which relative paths are; a path that begins with '@/' is in ELSEWHERE, on another
filesystem. The input is a list of {"looks": "each", "last" or "never", "steps": [...]}: after each step, or
after the last, everything that the case names is looked at, by name and by descriptor. With --ask, as the
kernel remembers it and as the filesystem says when it has to be asked: these must be the same. With --there
the folders of the cases have been made by an earlier run.
"""
import json
import os
import subprocess
import sys
import time
import zlib

import agent_calls
from agent_calls import make, paths_of, unmasked
from agent_facts import AT_FDCWD, birth_of, facts, name_of, remembered, sure, times_of

# Longer than a tick of the kernel's clock, by which a disk dates.
NAP_SEC = 0.011
# As many cases nap at the same time.
WAVE = 100
ELSEWHERE = '@/'
SHOWN = 40


def become(who):
    os.seteuid(0)
    os.setegid(0)
    if who is None:
        os.setgroups([])
        return
    uid, gid, groups = who
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)


def run_step(who, call, given):
    become(who)
    try:
        return make(call, given)
    except OSError as error:
        return name_of(error)
    except subprocess.CalledProcessError:
        return 'failed'
    finally:
        become(None)


def all_times(path):
    """Of access, content, change and birth; a time of birth that is not told never moves."""
    return [*times_of(path), birth_of(path)]


def moved_since(before, paths):
    """Which of its times each path has moved: letters. By inode: a call may put another under a name."""
    letters = {}
    for path in paths:
        try:
            old_times = before[os.lstat(path).st_ino]
            letters[path] = ''.join(
                letter for letter, old, new in zip('amcb', old_times, all_times(path)) if old != new)
        except OSError as error:
            letters[path] = name_of(error)
        except KeyError:
            letters[path] = 'another'
    return letters


def shown(path):
    return path if len(path) < SHOWN else '%s+%d' % (path[:10], len(path))


class Looker:
    """Sees what changes in all that a case names, and what the kernel has got wrong."""

    def __init__(self, steps, asks):
        self.asks = asks
        self.paths = []
        for _, call, *given in steps:
            named = given[1] if call == 'moved' else [call, *given]
            for path in paths_of(named[0], named[1:]):
                # What is elsewhere is not in question.
                if path != '' and not path.startswith('/') and path not in self.paths:
                    self.paths.append(path)
        self.last = {}
        self.stale = []

    def look(self, note):
        """Returns what is not as at the last look."""
        seen = {}
        for path in self.paths:
            seen[shown(path)] = self.at(AT_FDCWD, path, note, lambda: os.lstat(path))
        for key, fd in agent_calls.FDS.items():
            seen['fd ' + key] = self.at(fd, '', note, lambda: os.fstat(fd))
        changed = {path: each for path, each in seen.items() if self.last.get(path) != each}
        self.last = seen
        return changed

    def at(self, dirfd, path, note, usual):
        try:
            status = usual()
        except OSError as error:
            return name_of(error)
        if self.asks:
            self.ask(dirfd, path, note, remembered(status))
        return facts(status)

    def ask(self, dirfd, path, note, known):
        asked = sure(dirfd, path)
        if known != asked:
            told = [[str(each) for each in one] for one in (known, asked)]
            self.stale.append([note, shown(path), *told])

    def warm(self):
        """Has the kernel remember what there is."""
        if self.asks:
            self.look('before')
            self.last = {}


class Case:
    def __init__(self, folder, steps, looks, asks):
        self.folder = folder
        self.steps = steps
        self.looks = looks
        self.asks = asks
        self.result = None
        self.fds = {}
        self.mask = 0o022
        self.place = None
        if '--there' not in sys.argv:
            with unmasked():
                os.mkdir(folder, 0o777)
        self.run = self.runs()

    def go_on(self):
        """Up to its next nap, or its end."""
        agent_calls.FDS = self.fds
        os.umask(self.mask)
        if self.place is None:
            os.chdir(self.folder)
        else:
            os.fchdir(self.place)
            os.close(self.place)
        try:
            next(self.run)
        except StopIteration:
            return False
        # By path alone: to open it would be an access.
        self.place = os.open('.', os.O_PATH)
        self.mask = os.umask(0)
        return True

    def runs(self):
        looker = Looker(self.steps, self.asks)
        answers = []
        seen = []
        for index, (who, call, *given) in enumerate(self.steps):
            is_last = index == len(self.steps) - 1
            if self.looks == 'last' and is_last:
                looker.warm()
            if call == 'moved':
                paths, step = given
                before = {os.lstat(path).st_ino: all_times(path) for path in paths}
                yield
                answer = run_step(who, step[0], step[1:])
                answers.append([answer, moved_since(before, paths)])
            else:
                answers.append(run_step(who, call, given))
            if self.looks == 'each' or (self.looks == 'last' and is_last):
                seen.append(looker.look(index))
        was_open = len(self.fds) > 0
        agent_calls.CALLS.close_all()
        os.chdir(self.folder)
        if self.looks != 'never' and was_open:
            seen.append(looker.look('end'))
        os.chdir('/')
        tree, exact = leavings(self.folder)
        self.result = {'answers': answers, 'seen': seen, 'tree': tree, 'stale': looker.stale, 'exact': exact}


def leavings(folder):
    """What is in a folder, in short, and to the last digit. By descriptors: paths may be too long."""
    tree = {}
    exact = {}
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        walk(fd, '', '', tree, exact)
    finally:
        os.close(fd)
    return tree, exact


def walk(fd, prefix, path, tree, exact):
    with os.scandir(fd) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        leave(fd, entry, prefix + shown(entry.name), path + '/' + entry.name, tree, exact)


def leave(parent, entry, name, path, tree, exact):
    content = None
    if entry.is_symlink():
        content = os.readlink(entry.name, dir_fd=parent)
    elif entry.is_dir(follow_symlinks=False):
        fd = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        try:
            walk(fd, name + '/', path, tree, exact)
        finally:
            os.close(fd)
    elif entry.is_file(follow_symlinks=False):
        content = checksum(parent, entry.name)
    # After reading it, which moves its time.
    status = os.stat(entry.name, dir_fd=parent, follow_symlinks=False)
    tree[name] = [*facts(status), content[:80] if isinstance(content, str) else content]
    exact[path] = [str(each) for each in (status.st_ino, *remembered(status))] + [content]


# Of files that are larger, which have holes, only so much is read.
CHECKED_BYTES = 1 << 20


def checksum(parent, entry):
    fd = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        return zlib.crc32(os.pread(fd, CHECKED_BYTES, 0))
    finally:
        os.close(fd)


def written_out(steps, elsewhere):
    """With the other filesystem's folder in the place of its sign."""
    def put(each):
        if isinstance(each, str) and each.startswith(ELSEWHERE):
            return elsewhere + each[1:]
        return [put(one) for one in each] if isinstance(each, list) else each
    return [put(step) for step in steps]


def main():
    top, elsewhere = sys.argv[1:3]
    asks = '--ask' in sys.argv
    os.environ['LC_ALL'] = 'C.UTF-8'
    given = json.load(sys.stdin)
    cases = [Case('%s/c%d' % (top, index), written_out(each['steps'], elsewhere), each['looks'], asks)
             for index, each in enumerate(given)]
    for start in range(0, len(cases), WAVE):
        running = cases[start:start + WAVE]
        while running:
            running = [case for case in running if case.go_on()]
            if running:
                time.sleep(NAP_SEC)
    json.dump([case.result for case in cases], sys.stdout)


main()
