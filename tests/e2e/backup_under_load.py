"""A backup that is taken while fifty jobs run and new ones come, restored into another home: it is
whole, and holds every job that was acknowledged before it began.

backup_under_load.py PROGRAMS [JOBS]
"""

import pathlib
import re
import sqlite3
import sys
import threading

from wattle_under_test import Wattle, check, many_cpus

RUN_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
JOB = "head -c 3000 /dev/urandom >$WATTLE_MODEL_DIR/model; sleep 0.5"
CLIENTS = 4
SKIPPED = 77


class Load:
    """Clients that submit until they are told to end."""

    def __init__(self, wattle):
        self.wattle = wattle
        self.acknowledged = []
        self.problems = []
        self.enough = threading.Condition()
        self.done = threading.Event()
        self.clients = [threading.Thread(target=self.submit) for _ in range(CLIENTS)]
        for client in self.clients:
            client.start()

    def submit(self):
        while not self.done.is_set():
            words = ("run", "--detach", "--quiet", "--", "sh", "-c", JOB)
            code, out, err = self.wattle.run(*words)
            run = out.strip()
            with self.enough:
                if code == 0 and RUN_ID.fullmatch(run):
                    self.acknowledged.append(run)
                else:
                    self.problems.append(err)
                    self.done.set()
                self.enough.notify_all()

    def await_jobs(self, count):
        with self.enough:
            self.enough.wait_for(
                lambda: len(self.acknowledged) >= count or self.problems, timeout=240
            )
            check(not self.problems, f"a submission under load: {self.problems}")
            check(len(self.acknowledged) >= count, "the clients are too slow")
            return list(self.acknowledged)

    def end(self):
        self.done.set()
        for client in self.clients:
            client.join()


def files_of(backup):
    return sum(path.is_file() for path in pathlib.Path(backup).rglob("*"))


def check_restored(wattle, home, before):
    """Every job of before is there, at its end or at rest in the end, and its outputs are whole."""
    wattle.environment["WATTLE_HOME"] = str(home)
    connection = sqlite3.connect(home / "wattle.db")
    problems = connection.execute("PRAGMA integrity_check").fetchall()
    there = {row[0] for row in connection.execute("SELECT run FROM jobs")}
    connection.close()
    check(problems == [("ok",)], f"the restored database: {problems}")
    missing = set(before) - there
    check(not missing, f"acknowledged before the backup, and lost: {missing}")
    code, _, err = wattle.run("gc", "--verify")
    check(code == 0, f"artifacts of the restored home: {err}")
    for run in before:
        code, _, err = wattle.run("show", run)
        check(code == 0, f"{run}: {err}")
    return there


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with Wattle(sys.argv[1], counters=True) as wattle:
        code, out, _ = wattle.run("--help")
        if "restore" not in out:
            print("skipped: there is no `wattle restore`")
            sys.exit(SKIPPED)
        many_cpus(wattle)
        load = Load(wattle)
        try:
            before = load.await_jobs(count)
            backup = wattle.folder / "backup"
            code, _, err = wattle.run("backup", str(backup), timeout=300)
            check(code == 0, f"a backup under load: {code} {err}")
            after = load.await_jobs(len(load.acknowledged) + 1)
        finally:
            load.end()
        check(len(after) > len(before), "nothing was submitted meanwhile")
        restored = wattle.folder / "restored"
        code, _, err = wattle.run("restore", str(backup), "--home", str(restored), timeout=300)
        check(code == 0, f"restore: {code} {err}")
        there = check_restored(wattle, restored, before)
        print(
            f"{len(before)} jobs acknowledged before the backup, {len(there)} in it, "
            f"{files_of(backup)} files"
        )
    print("ok")


main()
