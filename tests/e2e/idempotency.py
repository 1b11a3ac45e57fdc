"""Twenty clients submit the same job with one key at the same instant: it is one job, which runs
once. Another job with that key is refused.

idempotency.py PROGRAMS [ROUNDS]
"""

import json
import pathlib
import subprocess
import sys

from postgres_under_test import PostgresUnderTest, programs
from wattle_under_test import Wattle, check

CLIENTS = 20


def submit_at_once(wattle, key, trace):
    """All of them wait in `cat` for one pipe to close, so that they begin as one."""
    command = f'cat >/dev/null; exec "$0" run --detach --quiet --idempotency-key {key}'
    command += f" -- sh -c 'echo ran >>{trace}'"
    clients = [
        subprocess.Popen(
            ["sh", "-c", command, wattle.command()[0]],
            env=wattle.environment,
            cwd=wattle.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.stdin.close()
        client.stdin = None
    return [(client.communicate(timeout=120), client.returncode) for client in clients]


def one_round(wattle, number):
    key, trace = f"key-{number}", wattle.folder / f"trace-{number}"
    answers = submit_at_once(wattle, key, trace)
    for (_, err), code in answers:
        check(code == 0, f"a client was refused with {code}: {err.decode()}")
    ids = {out for (out, _), _ in answers}
    check(len(ids) == 1, f"{len(ids)} jobs: {ids}")
    run = ids.pop().decode().strip()
    code, _, err = wattle.run("run", "--quiet", "--idempotency-key", f"end-{number}", "--", "true")
    check(code == 0, err)
    code, out, err = wattle.run("logs", "-f", run)
    check(code == 0, err)
    check(trace.read_text() == "ran\n", f"it ran {trace.read_text().count('ran')} times")
    check_another(wattle, key, run)


def check_another(wattle, key, run):
    code, out, err = wattle.run("run", "--detach", "--idempotency-key", key, "--", "false")
    check(code == 1 and not out, f"another job with the key: {code} {out} {err}")
    check(key in err and run in err and len(err.splitlines()) == 1, f"unclear: {err}")


def rounds(wattle, count, name):
    for number in range(count):
        one_round(wattle, number)
    code, out, err = wattle.run("ps", "--all", "--json")
    check(code == 0 and len(json.loads(out)) == 2 * count, f"{len(json.loads(out))} runs: {err}")
    folders = list((pathlib.Path(wattle.home) / "runs").iterdir())
    check(len(folders) == 2 * count, f"{len(folders)} folders for {2 * count} runs")
    print(f"{name}: {count} rounds of {CLIENTS} clients, one job each")


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with Wattle(sys.argv[1]) as wattle:
        rounds(wattle, count, "sqlite")
    if not programs():
        print("postgres: skipped, it is not installed")
        return
    with PostgresUnderTest() as postgres, Wattle(sys.argv[1]) as wattle:
        wattle.environment["WATTLE_DATABASE"] = postgres.url
        rounds(wattle, count, "postgres")


main()
