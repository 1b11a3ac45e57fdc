#!/usr/bin/env python3
"""What it costs to start `wattle`: CPU time of `wattle version` beside that of an empty program.

At most twice the empty C++ program and 5 ms of CPU. A benchmark, no test:
version_cost.py PROGRAMS [--rounds N] [--json]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

MOST_TIMES = 2.0
MOST_EXTRA_SECONDS = 0.005


def empty_program(folder):
    source = folder / "empty.cpp"
    source.write_text("int main() {}\n")
    program = folder / "empty"
    subprocess.run([os.environ.get("CXX", "c++"), "-O2", "-o", program, source], check=True)
    return program


def cpu_seconds(command, sink):
    """User and system time of one run, from fork to exit."""
    pid = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1)]
    )
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{command}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def compare(programs, rounds):
    """Medians of runs taken in turn, so that what else the host does meets both alike."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "wb") as sink:
        empty = [str(empty_program(pathlib.Path(folder)))]
        version = [str(programs / "wattle"), "version"]
        pairs = [(cpu_seconds(empty, sink), cpu_seconds(version, sink)) for _ in range(rounds)]
    empty_seconds, version_seconds = (statistics.median(column) for column in zip(*pairs))
    most = MOST_TIMES * empty_seconds + MOST_EXTRA_SECONDS
    return {
        "empty_cpu_seconds": empty_seconds,
        "version_cpu_seconds": version_seconds,
        "most_cpu_seconds": most,
        "rounds": rounds,
        "holds": version_seconds <= most,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="folder of Wattle's programs")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = compare(options.programs, options.rounds)
    if options.json:
        print(json.dumps(figures))
    else:
        print(
            f"empty program {figures['empty_cpu_seconds'] * 1e3:.2f} ms of CPU, wattle version "
            f"{figures['version_cpu_seconds'] * 1e3:.2f} ms, "
            f"at most {figures['most_cpu_seconds'] * 1e3:.2f} ms"
        )
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
