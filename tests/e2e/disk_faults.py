"""A disk that fills up at random instants while jobs are submitted and run, and one that turns
read-only: clear errors with the documented exit codes, nothing half written, and after space has
returned the queue goes on by itself and whatever was accepted ends.

The home is on a small file system of its own, mounted in a private mount namespace; only root may.
disk_faults.py PROGRAMS [ROUNDS [SEED]]
"""

import collections
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from wattle_under_test import Wattle, check, conserves, kill

MEGABYTES = 24
SKIPPED = 77
RUN_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
JOB = "sleep 0.2; head -c 20000 /dev/urandom >$WATTLE_MODEL_DIR/model; echo done"
# docs/reference/exit-codes.md: a disk that failed, or that may not be written; a server that cannot
# be started or reached.
REFUSALS = (1, 6, 7)
WORDS = ("No space left", "disk is full", "full", "Read-only", "read-only", "readonly")


def in_private_namespace():
    """Runs this script again where mounts are seen by nobody else."""
    if os.environ.get("WATTLE_PRIVATE_MOUNTS"):
        return
    if os.geteuid() != 0:
        skip("only root may mount")
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        skip("no mount namespace can be made here")
    os.environ["WATTLE_PRIVATE_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])


def skip(reason):
    required = "mounts" in os.environ.get("WATTLE_REQUIRE", "").split(",")
    print(f"disk faults: {'required, but' if required else 'skipped,'} {reason}")
    sys.exit(1 if required else SKIPPED)


class Disk:
    """A file system of a few megabytes, which can be filled to the brim and emptied again."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.fill_file = self.folder / "fill"
        wrong = self.mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "tmpfs")
        if wrong:
            skip(f"a file system cannot be mounted: {wrong}")

    def mount(self, *words):
        """What went wrong, or nothing."""
        done = subprocess.run(
            ["mount", *words, str(self.folder)], capture_output=True, text=True, check=False
        )
        return done.stderr.strip() if done.returncode != 0 else ""

    def fill(self):
        """Until not one byte goes in."""
        with open(self.fill_file, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                block = b"x" * size
                while True:
                    try:
                        file.write(block)
                    except OSError:
                        break

    def empty(self):
        self.fill_file.unlink(missing_ok=True)

    def set_read_only(self, read_only):
        """The kernel may still be closing the files of processes that have just ended."""
        deadline = time.monotonic() + 30
        while wrong := self.mount("-o", f"remount,{'ro' if read_only else 'rw'}"):
            check(time.monotonic() < deadline, f"the file system cannot be remounted: {wrong}")
            time.sleep(0.05)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


class Faults:
    def __init__(self, wattle, disk, choice):
        self.wattle = wattle
        self.disk = disk
        self.choice = choice
        self.accepted = []
        self.codes = collections.Counter()
        self.words = collections.Counter()
        self.number = 0

    def submit(self):
        """Refused with one clear line, or accepted; never something in between."""
        self.number += 1
        code, out, err = self.wattle.run(
            "run", "--detach", "--quiet", "--name", f"job-{self.number}", "--", "sh", "-c", JOB
        )
        self.codes[code] += 1
        first = out.split("\n", 1)[0]
        if RUN_ID.fullmatch(first):
            self.accepted.append(first)
        else:
            check(not out, f"neither accepted nor refused: {out!r} {err!r}")
            check(code in REFUSALS, f"exit {code}: {err}")
        if code != 0:
            self.check_words(err)

    def check_words(self, err):
        lines = [line for line in err.splitlines() if line.startswith("wattle: ")]
        check(len(lines) == 1, f"not one line of error: {err!r}")
        check(any(word in lines[0] for word in WORDS), f"it does not say what is wrong: {err!r}")
        self.words[re.sub(r"[0-9A-Z]{26}|[0-9]+|/tmp/\S+", "_", lines[0])[:160]] += 1

    def has_server(self):
        return any(
            name == "wattle" and b"--background" in words
            for _, name, words in self.wattle.describe_processes()
        )

    def await_ends(self, why):
        """Without a command, while there is a server; else one command, as a user gives it."""
        if not self.has_server():
            code, _, err = self.wattle.run("ps", "--quiet")
            check(code == 0, f"{why}: {err}")
        deadline = time.monotonic() + 120
        while True:
            states = self.states()
            left = [run for run in self.accepted if states.get(run) not in ENDS]
            if not left:
                return
            check(
                time.monotonic() < deadline,
                f"{why}: {[(run, states.get(run)) for run in left]}",
            )
            time.sleep(0.1)

    def states(self):
        path = f"file:{self.wattle.environment['WATTLE_HOME']}/wattle.db?mode=ro"
        connection = sqlite3.connect(path, uri=True, timeout=30)
        try:
            return dict(connection.execute("SELECT run, state FROM jobs").fetchall())
        finally:
            connection.close()


ENDS = ("succeeded", "failed", "stopped", "interrupted")


def full_disk(faults):
    """Filled at a random instant of the submissions, and of the jobs that run; emptied later."""
    disk, choice = faults.disk, faults.choice
    filler = threading.Timer(choice.uniform(0, 1.0), disk.fill)
    filler.start()
    for _ in range(choice.randint(3, 6)):
        faults.submit()
    filler.join()
    faults.submit()
    threading.Event().wait(choice.uniform(0, 0.5))
    disk.empty()
    faults.await_ends("after space returned")


def read_only_disk(faults):
    """Nothing is open for writing when a file system turns read-only by itself: the server is ended
    first, with jobs in its queue."""
    for pid, name, words in faults.wattle.describe_processes():
        if name == "wattle" and b"--background" in words:
            os.kill(pid, signal.SIGTERM)
    await_nobody(faults.wattle)
    faults.disk.set_read_only(True)
    try:
        faults.submit()
        code, _, err = faults.wattle.run("ps")
        faults.codes[code] += 1
        if code != 0:
            faults.check_words(err)
    finally:
        faults.disk.set_read_only(False)
    faults.submit()
    faults.await_ends("after the disk could be written again")


def await_nobody(wattle):
    deadline = time.monotonic() + 60
    while wattle.processes():
        check(time.monotonic() < deadline, f"processes stay: {wattle.describe_processes()}")
        time.sleep(0.1)


def check_results(faults):
    states = faults.states()
    check(set(faults.accepted) <= set(states), "an accepted job is lost")
    unknown = set(states) - set(faults.accepted)
    check(not unknown, f"jobs that were refused are in the queue: {unknown}")
    counts = collections.Counter(states[run] for run in faults.accepted)
    for run, state in states.items():
        receipt = faults.wattle.receipt(run)
        if "energy" in receipt:
            conserves(receipt)
        told = receipt.get("run", receipt)
        check(state == "succeeded" or told["reason"], f"{run} {state}: no reason")
    home = pathlib.Path(faults.wattle.environment["WATTLE_HOME"])
    halves = [path for path in home.rglob("*") if path.name.endswith((".new", ".tmp"))]
    check(not halves, f"half written files: {halves}")
    connection = sqlite3.connect(home / "wattle.db")
    problems = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    check(problems == [("ok",)], f"the database is damaged: {problems}")
    return counts


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    in_private_namespace()
    print(f"{rounds} rounds, seed {seed}", flush=True)
    with Wattle(sys.argv[1], keep=bool(os.environ.get("WATTLE_KEEP"))) as wattle:
        wattle.use_own_vault()
        disk = Disk(wattle.folder / "disk")
        wattle.environment["WATTLE_HOME"] = str(disk.folder / "home")
        faults = Faults(wattle, disk, random.Random(seed))
        try:
            faults.submit()
            for number in range(rounds):
                (read_only_disk if number % 4 == 3 else full_disk)(faults)
            counts = check_results(faults)
        finally:
            for pid in wattle.processes():
                kill(pid)
            disk.unmount()
    print(f"{faults.number} submissions, exit codes {dict(faults.codes)}, ends {dict(counts)}")
    for words, count in faults.words.most_common():
        print(f"  {count} times: {words}")
    print("ok")


main()
