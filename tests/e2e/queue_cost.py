#!/usr/bin/env python3
"""What the queue costs: starting commands, `wattle run` beside `wattle measure` (which starts a
bare supervisor and asks no server), lists of a million jobs, and a server with nothing to do.

Times stand beside those of an empty program in the same run, in turn, so that what else the host
does meets all of them. A benchmark, no test; the programs should be those of the release preset.
queue_cost.py PROGRAMS [--rounds N] [--jobs N] [--seconds N] [--json]
"""

import argparse
import json
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

from version_cost import empty_program
from wattle_under_test import Wattle, check

MOST_SWITCHES_PER_SECOND = 5.0
MOST_LIST_SECONDS = 0.050  # beyond an empty program, for `wattle ps` with a million jobs


def cost_of(wattle, command):
    """Wall and CPU seconds of one command, its own processes that it waits for included."""
    begun = time.monotonic()
    with open(os.devnull, "wb") as sink:
        process = subprocess.Popen(
            command, env=wattle.environment, cwd=wattle.folder, stdout=sink, stderr=sink,
            stdin=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 0, f"{command}: ended with {process.returncode}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime


def compare(wattle, commands, rounds):
    """Medians by name, of runs taken in turn."""
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(cost_of(wattle, command))
    figures = {}
    for name, costs in taken.items():
        walls, cpus = zip(*costs)
        figures[name] = {
            "wall_seconds": statistics.median(walls), "cpu_seconds": statistics.median(cpus)
        }
    return figures


def add_jobs(home, count):
    """Copies of the newest job, under ids that are older than any real one."""
    connection = sqlite3.connect(home / "wattle.db")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(jobs)")]
    kept = [name for name in columns if name not in ("run", "idempotency_key")]
    names = ", ".join(kept)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        f"INSERT INTO jobs (run, {names}) WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        f"SELECT printf('00%024d', i), {names} FROM n, "
        "(SELECT * FROM jobs ORDER BY run DESC LIMIT 1)",
        (count,),
    )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def server_of(wattle):
    for pid, name, words in wattle.describe_processes():
        if name == "wattle" and b"--background" in words:
            return pid
    return None


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.split()[0] for key, value in (line.split(":", 1) for line in lines)
            if value.split()}


def idle_server(wattle, seconds):
    """How often it wakes and how much memory it holds, with nothing to do."""
    pid = server_of(wattle)
    check(pid, "no server is up")
    time.sleep(1)  # what the last command asked for is done
    before = status_of(pid)
    time.sleep(seconds)
    after = status_of(pid)
    switches = int(after["voluntary_ctxt_switches"]) - int(before["voluntary_ctxt_switches"])
    return {"switches_per_second": switches / seconds, "rss_kilobytes": int(after["VmRSS"])}


def measure(options):
    with Wattle(options.programs) as wattle:
        empty = [str(empty_program(wattle.folder))]
        wattle_at = wattle.command
        check(wattle.run("run", "--quiet", "--", "true")[0] == 0, "a first run")
        figures = compare(
            wattle,
            {
                "empty": empty,
                "version": wattle_at("version"),
                "ps": wattle_at("ps"),
                "measure": wattle_at("measure", "--", "true"),
                "run": wattle_at("run", "--quiet", "--", "true"),
                "run_detached": wattle_at("run", "--quiet", "--detach", "--", "true"),
            },
            options.rounds,
        )
        wattle.run("run", "--quiet", "--", "true")
        figures["idle_server"] = idle_server(wattle, options.seconds)
        os.kill(server_of(wattle), signal.SIGTERM)
        add_jobs(wattle.home, options.jobs)
        many = compare(
            wattle,
            {
                "empty_many": empty,
                "ps_many": wattle_at("ps"),
                "ps_all_ids_many": wattle_at("ps", "--all", "-q"),
            },
            max(3, options.rounds // 4),
        )
        return {**figures, **many, "jobs": options.jobs, "rounds": options.rounds}


def verdict(figures):
    extra = figures["ps_many"]["wall_seconds"] - figures["empty_many"]["wall_seconds"]
    figures["holds"] = (
        figures["idle_server"]["switches_per_second"] < MOST_SWITCHES_PER_SECOND
        and extra < MOST_LIST_SECONDS
    )
    return figures


def tell(figures):
    for name, figure in figures.items():
        if isinstance(figure, dict) and "wall_seconds" in figure:
            base = figures["empty_many" if name.endswith("_many") else "empty"]
            times = figure["wall_seconds"] / base["wall_seconds"]
            print(
                f"{name:16} {figure['wall_seconds'] * 1e3:8.1f} ms, {times:6.1f} times an empty "
                f"program; {figure['cpu_seconds'] * 1e3:6.1f} ms of its own CPU"
            )
    ratio = figures["run"]["wall_seconds"] / figures["measure"]["wall_seconds"]
    idle = figures["idle_server"]
    print(f"a run through the queue takes {ratio:.2f} times a bare supervisor")
    print(
        f"an idle server: {idle['switches_per_second']:.2f} switches a second, "
        f"{idle['rss_kilobytes'] / 1000:.1f} MB"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="folder of Wattle's programs")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = verdict(measure(options))
    if options.json:
        print(json.dumps(figures))
    else:
        tell(figures)
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
