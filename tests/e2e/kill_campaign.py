"""kill -9 of any process at random instants, while the queue is full of jobs and new ones come.

Commands in all their phases, the server, supervisors and the meter; with PostgreSQL its backends
and its postmaster, too, which is then started again. Each job appends to a file of its own what it
does, so that executions are counted without Wattle. Afterwards nothing that was accepted is lost,
nothing ran twice, the books add up and nothing is left behind; campaign_checks.py has the details.

kill_campaign.py PROGRAMS KILLS [--database sqlite|postgres] [--seed N] [--kills-per-second N]
    [--queue N] [--clients N]
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

import campaign_checks
from campaign_database import PostgresJobs, SqliteJobs
from postgres_under_test import PostgresUnderTest, programs
from wattle_under_test import Wattle, check, expect_kills, kill, many_cpus

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
TOKEN = "of the campaign"
# What is killed, and how often in comparison.
VICTIMS = {
    "client": 3,
    "server": 3,
    "supervisor": 12,
    "command": 12,
    "meter": 1,
    "backend": 2,
    "postmaster": 1,
}
# A server needs some time to come to its work at all; its life is cut at a random instant of it.
LIFE_OF_SERVER = 8.0  # seconds at most
LIFE_OF_DATABASE = 10.0
RUN_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
KINDS = {
    "plain": "",
    "output": "",
    "secret": "secrets: [CAMPAIGN_TOKEN]\n",
    "failing": "retry: {attempts: 100, on: [failure, interruption], delay: 100ms, factor: 1}\n",
    "steps": "checkpoint: {request: file}\n"
    "retry: {attempts: 100, on: [failure, interruption], delay: 100ms, factor: 1}\n",
}


class Campaign:
    """The jobs, the clients that submit them, and the count of what happened."""

    def __init__(self, wattle, jobs, postgres, options):
        self.wattle = wattle
        self.jobs = jobs
        self.postgres = postgres
        self.options = options
        self.choice = random.Random(options.seed)
        self.lock = threading.Lock()
        self.killed = collections.Counter()
        self.refused = collections.Counter()  # errors of commands that nobody killed
        self.server_due = 0.0                 # when the server is a victim again
        self.database_due = 0.0
        self.victims = set()                  # pids of clients that we killed
        self.acknowledged = {}                # key: ids that a client read, in order
        self.kinds = {}                       # key: kind
        self.done = threading.Event()
        self.number = 0
        self.failure = None
        (wattle.folder / "log").mkdir()
        for kind, life in KINDS.items():
            self.write_job(kind, life)

    def write_job(self, kind, life):
        (self.wattle.folder / f"{kind}.yaml").write_text(
            f"name: {kind}\n"
            f"run: [sh, {HERE}/campaign_job.sh, {kind}, '${{params.log}}', '${{params.seconds}}']\n"
            "params: {log: '', seconds: 0.1}\n"
            f"grace: 5s\n{life}"
        )

    def log(self, key):
        return self.wattle.folder / "log" / key

    def next_job(self):
        with self.lock:
            self.number += 1
            key = f"key-{self.number:05d}"
            kind = self.choice.choice(sorted(KINDS))
            follows = self.choice.random() < 0.2
            seconds = round(self.choice.uniform(0.05, 1.0), 2)
            self.kinds[key] = kind
            self.acknowledged[key] = []
        words = ["run", f"{kind}.yaml", "--set", f"params.log={self.log(key)}"]
        words += ["--set", f"params.seconds={seconds}", "--idempotency-key", key, "--quiet"]
        return key, words if follows else [*words, "--detach"]

    def submit_all(self):
        """One client: submits while the queue has room, and repeats what got no answer."""
        try:
            while not self.done.is_set():
                if self.jobs.active() >= self.options.queue:
                    self.look()
                    continue
                key, words = self.next_job()
                self.submit(key, words)
                if self.number % 10 == 0:
                    self.submit(key, words)  # once more: it must be the same job
        except BaseException as failure:  # noqa: BLE001, told by the main thread
            self.failure = failure
            raise

    def look(self):
        """As a user would now and then, which also starts a server where none is left."""
        process = self.wattle.start(
            "ps", "--quiet", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        _, err = process.communicate()
        if process.returncode != 0 and process.pid not in self.victims:
            self.refused[f"exit {process.returncode}: {plain(err)}"] += 1
        self.done.wait(0.5)

    def submit(self, key, words):
        deadline = time.monotonic() + 300
        while True:
            process = self.wattle.start(
                *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            out, err = process.communicate()
            first = out.split("\n", 1)[0]
            if RUN_ID.fullmatch(first):
                self.acknowledged[key].append(first)
                return
            if process.pid not in self.victims:
                self.refused[f"exit {process.returncode}: {plain(err)}"] += 1
                self.done.wait(1.0)
            check(time.monotonic() < deadline, f"{key} was never acknowledged: {err}")

    def find_victim(self):
        """A kind and the pids of one random process of it, or None."""
        found = collections.defaultdict(list)
        for pid, name, words in self.wattle.describe_processes():
            if name == "wattle":
                found["server" if b"--background" in words else "client"].append(pid)
            elif name == "wattle-supervise":
                # Between fork and exec the command still bears its supervisor's name.
                is_command = program_of(parent_of(pid)) == "wattle-supervise"
                found["command" if is_command else "supervisor"].append(pid)
            elif name == "wattle-meterd":
                found["meter"].append(pid)
        if self.postgres:
            found["backend"] = self.postgres.processes()
            found["postmaster"] = [self.postgres.process.pid]
        if time.monotonic() < self.server_due:
            found["server"] = []
        if time.monotonic() < self.database_due:
            found["backend"] = found["postmaster"] = []
        kinds = [kind for kind in VICTIMS if found[kind]]
        if not kinds:
            return None
        kind = self.choice.choices(kinds, [VICTIMS[kind] for kind in kinds])[0]
        return kind, self.choice.choice(found[kind])

    def kill_one(self):
        victim = self.find_victim()
        if not victim:
            return False
        kind, pid = victim
        if kind == "client":
            self.victims.add(pid)
        if kind == "server":
            self.server_due = time.monotonic() + self.choice.uniform(0, LIFE_OF_SERVER)
        if kind in ("backend", "postmaster"):
            self.database_due = time.monotonic() + self.choice.uniform(0, LIFE_OF_DATABASE)
        if kind == "postmaster":
            self.postgres.kill_postmaster()
            self.postgres.start()
        else:
            kill(pid)
        self.killed[kind] += 1
        if self.killed.total() % 100 == 0:
            print(f"  {self.killed.total()} kills, {self.number} jobs", flush=True)
        return True

    def run(self):
        clients = [threading.Thread(target=self.submit_all) for _ in range(self.options.clients)]
        for client in clients:
            client.start()
        begun = time.monotonic()
        pause = 1 / self.options.kills_per_second
        try:
            while self.killed.total() < self.options.kills and not self.failure:
                self.done.wait(self.choice.uniform(0, 2 * pause))
                self.kill_one()
        finally:
            seconds = time.monotonic() - begun
            self.done.set()
            for client in clients:
                client.join()
        check(not self.failure, f"a client gave up: {self.failure}")
        return seconds

    def settle(self):
        """As a user would: asks now and then, which also looks after the server."""
        deadline = time.monotonic() + 900
        while True:
            code, _, err = self.wattle.run("ps", "--json")
            active = self.jobs.active()
            if code == 0 and active == 0:
                return
            check(time.monotonic() < deadline, f"{active} jobs do not come to an end: {err}")
            threading.Event().wait(0.5)


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").rsplit("/", 1)[-1]
    except OSError:
        return ""


def plain(err):
    """An error without what differs from one to the next."""
    return re.sub(r"[0-9]+", "N", RUN_ID.sub("RUN", err.strip()))[:300]


def campaign(options, postgres):
    with Wattle(options.programs, counters=True, keep=options.keep) as wattle:
        many_cpus(wattle)
        expect_kills(wattle)
        wattle.environment["CAMPAIGN_TOKEN"] = TOKEN
        wattle.use_own_vault()
        jobs = SqliteJobs(wattle.home)
        if postgres:
            wattle.environment["WATTLE_DATABASE"] = postgres.url
            jobs = PostgresJobs(postgres)
        run = Campaign(wattle, jobs, postgres, options)
        seconds = run.run()
        begun = time.monotonic()
        run.settle()
        print(
            f"{run.killed.total()} kills in {seconds:.0f} s ({dict(run.killed)}), "
            f"settled {time.monotonic() - begun:.0f} s later", flush=True,
        )
        for error, count in run.refused.most_common():
            print(f"  refused {count} times: {error}")
        summary = campaign_checks.check_all(run)
        print(json.dumps(summary))
    print("ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("kills", type=int)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--kills-per-second", type=float, default=6)
    parser.add_argument("--queue", type=int, default=50, help="jobs that have not ended")
    parser.add_argument("--clients", type=int, default=10, help="that submit at a time")
    parser.add_argument("--keep", action="store_true", help="leave the home for a look")
    options = parser.parse_args()
    print(f"{options.kills} kills on {options.database}, seed {options.seed}", flush=True)
    if options.database == "sqlite":
        campaign(options, None)
        return
    if not programs():
        required = "postgres" in os.environ.get("WATTLE_REQUIRE", "").split(",")
        print("PostgreSQL is not installed" + (", and required" if required else ": skipped"))
        sys.exit(1 if required else SKIPPED)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with PostgresUnderTest() as postgres:
        campaign(options, postgres)


main()
