"""What must hold after a campaign of kills, whatever was killed when."""

import collections
import json
import os
import signal
import threading
import time

from wattle_under_test import check, conserves

KILLED = "the command was killed by SIGKILL"
FINAL = ("succeeded", "failed", "stopped")


class Log:
    """What a job wrote of itself, attempt by attempt."""

    def __init__(self, path):
        self.lines = []
        if path.exists():
            self.lines = [line.split() for line in path.read_text().splitlines()]

    def of(self, word):
        return [line for line in self.lines if line[0] == word]

    def check_any(self, key):
        begun = [line[1] for line in self.of("begin")]
        check(len(begun) == len(set(begun)), f"{key}: one attempt ran twice: {self.lines}")
        check(not self.of("overlap"), f"{key}: two attempts at a time: {self.lines}")
        check(not self.of("secret-lost"), f"{key}: its secret was lost: {self.lines}")


def check_jobs(run):
    """No accepted job lost, none twice, each at an end or at rest with a reason."""
    rows = run.jobs.query(
        "SELECT run, idempotency_key, state, reason, attempt, further_attempts FROM jobs"
    )
    by_key = collections.defaultdict(list)
    for row in rows:
        by_key[row[1]].append(row)
    twice = {key: found for key, found in by_key.items() if len(found) > 1}
    check(not twice, f"keys with more than one job: {twice}")
    for key, ids in run.acknowledged.items():
        check(ids, f"{key} was never acknowledged")
        check(len(set(ids)) == 1, f"{key} was acknowledged as different jobs: {ids}")
        check(by_key[key] and by_key[key][0][0] == ids[0], f"{key}: {ids[0]} is lost")
    unknown = set(by_key) - set(run.acknowledged)
    check(not unknown, f"jobs that nobody submitted: {unknown}")
    ended_as_commands = 0
    for key, (row,) in by_key.items():
        if row[2] == "failed" and row[3] == KILLED and not Log(run.log(key)).lines:
            ended_as_commands += 1  # killed between its fork and its exec: a command's ordinary end
            continue
        check_job(run, key, row)
    check(
        ended_as_commands <= run.killed["command"],
        f"{ended_as_commands} commands ended by SIGKILL, {run.killed['command']} were killed",
    )
    return rows


def check_job(run, key, row):
    kind, log = run.kinds[key], Log(run.log(key))
    _, _, state, reason, attempt, _ = row
    log.check_any(key)
    told = f"{key} ({kind}, {row[0]}) is {state}: {reason!r}; {log.lines}"
    check(state in (*FINAL, "interrupted"), told)
    check(reason or state == "succeeded", f"without a reason: {told}")
    check(len(log.of("begin")) <= int(attempt), f"more executions than attempts: {told}")
    if kind in ("plain", "output", "secret"):
        check(len(log.of("begin")) <= 1 and len(log.of("end")) <= 1, f"run twice: {told}")
        check(state in ("succeeded", "interrupted"), told)
        check_plain(log, state, told)
    else:
        # A hundred retries are more than the campaign interrupts any one of them. An attempt whose
        # supervisor was killed after its last line and before its end was written down is repeated.
        check(state == "succeeded" and log.of("end"), told)
    if kind == "failing":
        check(len(log.of("fail")) >= 3, f"retried without a reason, or not: {told}")
    if kind == "steps":
        check_steps(log, told)


def check_plain(log, state, told):
    if state == "succeeded":
        check(len(log.of("begin")) == 1 and len(log.of("end")) == 1, told)
    else:
        # Killed with its supervisor; at the very end its last word may be there.
        check(len(log.of("begin")) <= 1, told)


def check_steps(log, told):
    """A resumption goes on from a step that an earlier attempt has written."""
    written = 0
    for line in log.lines:
        if line[0] == "resume":
            check(0 < int(line[2]) <= written, f"resumed from what was never saved: {told}")
        if line[0] == "step":
            written = max(written, int(line[2]))
    check(written == 8, told)


def check_attempts(run):
    rows = run.jobs.query("SELECT run, number, outcome, reason, ended_ns FROM job_attempts")
    states = {row[0]: row[1:] for row in run.jobs.query("SELECT run, state, attempt FROM jobs")}
    outcomes = collections.Counter(row[2] or "none" for row in rows)
    open_ends = [row for row in rows if not row[4] or not row[2]]
    check(not open_ends, f"{len(open_ends)} attempts without an end: {open_ends[:5]}")
    numbers = collections.Counter(row[0] for row in rows)
    wrong = [id for id, (_, attempt) in states.items() if numbers[id] != int(attempt)]
    check(not wrong, f"attempts that are not in the books: {wrong[:5]}")
    return outcomes


def check_receipts(run):
    receipts = {row[0]: json.loads(row[1]) for row in run.jobs.query(
        "SELECT run, json FROM job_receipts") or []}
    for id, state, attempt in run.jobs.query("SELECT run, state, attempt FROM jobs"):
        check(id in receipts or attempt == "0", f"{id} is {state} without a receipt")
        if id in receipts:
            conserves(receipts[id])
            told = receipts[id]["run"]["state"]
            check(told == state, f"{id} is {state}, its receipt says {told}")
    code, out, err = run.wattle.run("energy", "--json", timeout=600)
    check(code == 0, err)
    energy = json.loads(out)
    accounts = energy["accounts_microjoules"]
    metered = sum(accounts.values()) - accounts["unmetered"]
    check(metered == energy["total_microjoules"], f"books: {energy}")
    return energy


def check_nothing_left(run):
    """Supervisors and jobs have ended; the server ends when asked; no secret is kept."""
    wattle = run.wattle
    stop_server(wattle)
    code, _, err = wattle.run("run", "--quiet", "--", "true")  # the next server clears up
    check(code == 0, err)
    stop_server(wattle)
    left = at_last(lambda: others(wattle), lambda found: not found)
    check(not left, f"processes survive: {left}")
    states = dict(run.jobs.query("SELECT run, state FROM jobs"))
    secrets = {id: states.get(id) for id in wattle.vault_entries()}
    left = {id: state for id, state in secrets.items() if state != "interrupted"}
    check(not left, f"secrets survive their runs: {left}")
    folders = {entry.name for entry in (wattle.home / "runs").iterdir()}
    check(folders == set(states), f"folders of no run: {folders ^ set(states)}")
    marks = list((wattle.home / "submissions").iterdir())
    check(not marks, f"submissions that never end: {marks}")


def others(wattle):
    """All but the meter, which outlives everything by design."""
    return [found for found in wattle.describe_processes() if found[1] != "wattle-meterd"]


def at_last(look, is_good):
    """What `look` finds as soon as it is good, or after time enough for any process to end."""
    deadline = time.monotonic() + 20
    while True:
        found = look()
        if is_good(found) or time.monotonic() > deadline:
            return found
        threading.Event().wait(0.1)


def servers_of(wattle):
    ours = wattle.describe_processes()
    return [pid for pid, name, words in ours if name == "wattle" and b"--background" in words]


def stop_server(wattle):
    # One that finds another at work ends at once.
    servers = at_last(lambda: servers_of(wattle), lambda found: len(found) <= 1)
    check(len(servers) <= 1, f"{len(servers)} servers")
    for pid in servers:
        descriptor = os.pidfd_open(pid)
        os.kill(pid, signal.SIGTERM)
        wattle.wait_for_end(descriptor, 30)


def check_all(run):
    rows = check_jobs(run)
    outcomes = check_attempts(run)
    energy = check_receipts(run)
    problems = run.jobs.problems()
    check(not problems, f"the database is damaged: {problems}")
    check_nothing_left(run)
    logs = [Log(run.log(key)) for key in run.kinds]
    return {
        "jobs": len(rows),
        "states": collections.Counter(row[2] for row in rows),
        "attempts": outcomes,
        "executions": sum(len(log.of("begin")) for log in logs),
        "resumptions": sum(len(log.of("resume")) for log in logs),
        "joules": energy["total_microjoules"] / 1e6,
    }
