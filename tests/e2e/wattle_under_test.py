"""The real programs in a home of their own, and a host with energy counters that a generator
writes.

The generator shares no code with Wattle: it copies the host's own /proc/stat and derives a
package counter from the busy time it sees there, wrapping as the hardware does.
"""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

IDLE_WATTS = 20.0
WATTS_PER_BUSY_CPU = 30.0
RANGE_MICROJOULES = 65_532_610_987
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = (int(value) for value in fields[:7])
    return (user + nice + system + irq + softirq) / TICKS_PER_SECOND


class CounterHost:
    """A tree with powercap counters and /proc/stat, kept up to date by a thread until closed."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.zone = self.root / "sys/class/powercap/intel-rapl:0"
        self.zone.mkdir(parents=True)
        (self.zone / "name").write_text("package-0\n")
        (self.zone / "max_energy_range_uj").write_text(f"{RANGE_MICROJOULES}\n")
        (self.root / "proc").mkdir()
        for name in ("cpuinfo", "meminfo"):
            shutil.copy(f"/proc/{name}", self.root / "proc" / name)
        self.origin = (read_boottime(), busy_seconds())
        self.done = threading.Event()
        self.write()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def write(self):
        stat = pathlib.Path("/proc/stat").read_text()
        elapsed = read_boottime() - self.origin[0]
        joules = IDLE_WATTS * elapsed + WATTS_PER_BUSY_CPU * (busy_seconds() - self.origin[1])
        # Begins close below the end of the range, so that every test sees a wrap.
        value = (RANGE_MICROJOULES - 30_000_000 + int(joules * 1e6)) % RANGE_MICROJOULES
        replace(self.root / "proc/stat", stat)
        replace(self.zone / "energy_uj", f"{value}\n")

    def run(self):
        while not self.done.wait(0.01):
            self.write()

    def close(self):
        self.done.set()
        self.thread.join()


def read_boottime():
    import time

    return time.clock_gettime(time.CLOCK_BOOTTIME)


def replace(path, text):
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.rename(path)


class Wattle:
    """A home, its environment, and the commands on it."""

    def __init__(self, programs, counters=False, keep=False):
        self.keep = keep
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wattle-e2e-"))
        self.home = self.folder / "home"
        self.environment = {**os.environ, "WATTLE_HOME": str(self.home), "WATTLE_ZONE": "DE"}
        self.environment.pop("WATTLE_ATTEMPT", None)
        self.host = None
        if counters:
            self.host = CounterHost(self.folder / "host")
            self.environment["WATTLE_SENSOR_ROOT"] = str(self.folder / "host")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.host:
            self.host.close()
        for pid in self.processes():
            kill(pid)
        shutil.rmtree(self.environment.get("XDG_RUNTIME_DIR", ""), ignore_errors=True)
        if self.keep:
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def use_own_vault(self):
        """Secrets in a folder of this home's own, so that what is left there is seen."""
        shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        folder = tempfile.mkdtemp(prefix="wattle-e2e-", dir=shared)
        self.environment["XDG_RUNTIME_DIR"] = folder

    def vault_entries(self):
        """Runs whose secrets are still kept."""
        folder = pathlib.Path(self.environment["XDG_RUNTIME_DIR"]) / "wattle"
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []

    def command(self, *words):
        return [str(self.programs / "wattle"), *words]

    def start(self, *words, **options):
        return subprocess.Popen(
            self.command(*words),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def run(self, *words, timeout=120):
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def runs(self):
        code, out, err = self.run("ps", "--all", "--json")
        check(code == 0, f"ps failed: {err}")
        return json.loads(out)

    def receipt(self, run):
        code, out, err = self.run("show", run, "--json")
        check(code == 0, f"show {run} failed: {err}")
        return json.loads(out)

    def processes(self, program=None):
        """Pids of everything that belongs to this home: our programs, and what they started."""
        return [pid for pid, name, _ in self.describe_processes() if program in (None, name)]

    def describe_processes(self):
        """(pid, program, words of its command line) of everything that belongs to this home."""
        mark = f"WATTLE_HOME={self.environment.get('WATTLE_HOME')}".encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if mark not in file.read().split(b"\0"):
                        continue
                name = os.readlink(f"/proc/{entry}/exe").rsplit("/", 1)[-1]
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            found.append((int(entry), name.removesuffix(" (deleted)"), words))
        return found

    @staticmethod
    def wait_for_end(descriptor, seconds):
        ended, _, _ = select.select([descriptor], [], [], seconds)
        os.close(descriptor)
        check(ended, f"a process does not end within {seconds} s")


def many_cpus(wattle):
    """Grants Wattle 64 CPUs where a compiler is here, so that fifty jobs run at once on a small
    machine; else they take turns. True when it did."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler or not wattle.host:
        print("no C compiler: jobs take turns on the CPUs that there are")
        return False
    library = wattle.folder / "many_cpus.so"
    source = pathlib.Path(__file__).resolve().parent / "many_cpus.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    cpus = wattle.host.root / "sys/devices/system/cpu"
    cpus.mkdir(parents=True, exist_ok=True)
    (cpus / "online").write_text("0-63\n")
    wattle.environment["LD_PRELOAD"] = str(library)
    # AddressSanitizer's own library insists on being the first, though this one allocates nothing.
    add_asan_option(wattle, "verify_asan_link_order=0")
    return True


def expect_kills(wattle):
    """A checked program that ends looks for leaks by a process of its own, and would wait for ever
    for one that was killed."""
    add_asan_option(wattle, "detect_leaks=0")


def add_asan_option(wattle, option):
    options = wattle.environment.get("ASAN_OPTIONS", "")
    wattle.environment["ASAN_OPTIONS"] = ":".join(filter(None, [options, option]))


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def conserves(receipt):
    """Every account of the host is there, none negative, and the run's own part among them."""
    energy = receipt["energy"]
    if not energy["metered"]:
        check(energy["joules"] is None, f"unknown, yet told: {energy}")
        return
    accounts = energy["host_microjoules"]
    check(all(value >= 0 for value in accounts.values()), f"negative account: {accounts}")
    own = energy["this_run_microjoules"]
    check(
        own <= accounts.get("dynamic", 0) + accounts.get("reserved_idle", 0),
        f"own {own} of {accounts}",
    )
    parts = sum(part["joules"]["value"] for part in energy["components"])
    check(
        abs(parts - energy["joules"]["value"]) < 1e-6 * max(1.0, parts), "components do not add up"
    )
    check(
        abs(own * 1e-6 - energy["joules"]["value"]) < 1e-5 * max(1.0, parts),
        "energy is not the posted energy",
    )


def check(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")
