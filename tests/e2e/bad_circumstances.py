"""Full disk, no permission, no home: one clear line, the documented exit code, nothing half
written."""

import os
import pathlib
import subprocess
import sys

from wattle_under_test import Wattle, check


def one_line(err):
    lines = [line for line in err.splitlines() if line.strip()]
    return len(lines) == 1 and lines[0].startswith("wattle: ")


def full_disk(wattle):
    if os.geteuid() != 0:
        print("full disk: skipped, only root may mount one")
        return
    disk = wattle.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode != 0:
        print("full disk: skipped, tmpfs cannot be mounted here")
        return
    try:
        (disk / "fill").write_bytes(b"x" * ((8 << 20) - 4096))
        wattle.environment["WATTLE_HOME"] = str(disk / "home")
        code, _, err = wattle.run("run", "--", "true")
        said = "No space left" in err or "disk is full" in err
        check(code == 1 and said and one_line(err), f"full disk: {code} {err}")
        (disk / "fill").unlink()
        code, _, err = wattle.run("ps", "--json")
        check(code == 0, f"after space returned: {err}")
        code, _, err = wattle.run("run", "--quiet", "--", "true")
        check(code == 0, f"after space returned: {code} {err}")
    finally:
        for pid in wattle.processes():
            os.kill(pid, 9)
        subprocess.run(["umount", "-l", str(disk)], check=False)
        wattle.environment["WATTLE_HOME"] = str(wattle.home)


def main():
    with Wattle(sys.argv[1]) as wattle:
        blocked = wattle.folder / "file"
        blocked.write_text("")
        wattle.environment["WATTLE_HOME"] = str(blocked / "home")
        code, _, err = wattle.run("run", "--", "true")
        check(code == 2 and one_line(err), f"a home inside a file: {code} {err}")

        if pathlib.Path("/proc/sys").is_dir():
            wattle.environment["WATTLE_HOME"] = "/proc/wattle"
            code, _, err = wattle.run("run", "--", "true")
            check(code in (3, 6) and one_line(err), f"a home that cannot be made: {code} {err}")

        for name in ("WATTLE_HOME", "XDG_DATA_HOME", "HOME"):
            wattle.environment.pop(name, None)
        code, _, err = wattle.run("run", "--", "true")
        check(code == 2 and one_line(err), f"no home at all: {code} {err}")
        wattle.environment["WATTLE_HOME"] = str(wattle.home)

        full_disk(wattle)

        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                wattle.command("version"),
                env=wattle.environment,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        check(
            done.returncode == 1 and one_line(done.stderr), f"output that cannot be written: {done}"
        )
    print("ok")


main()
