"""A PostgreSQL server of a test's own, in a temporary folder, that can be killed and started again.

Debian's programs; run as another user, because PostgreSQL refuses root. It shares no code with
tests/support/postgres_server.h, which does the same for tests in C++.
"""

import os
import pathlib
import pwd
import select
import shutil
import signal
import subprocess
import tempfile

PROGRAMS = [f"/usr/lib/postgresql/{version}/bin" for version in (15, 16, 17)]
PATIENCE = 1.0  # seconds that a backend gets to find out that its postmaster has gone
SETTINGS = (
    "listen_addresses=",
    "fsync=off",  # a process that is killed loses nothing that it wrote; a host that fails would
    "shared_buffers=16MB",
    "max_connections=200",
    "wal_level=minimal",
    "max_wal_senders=0",
    "logging_collector=off",
    "restart_after_crash=on",
)


def programs():
    """Folder of PostgreSQL's programs, or None."""
    for folder in PROGRAMS:
        if os.access(f"{folder}/postgres", os.X_OK):
            return folder
    return None


def other_user():
    """Words before a command that run it as a user that PostgreSQL accepts."""
    words = ["setpriv", "--pdeathsig", "KILL"]
    if os.geteuid() == 0:
        user = user_of_server()
        words += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return [*words, "--"]


def user_of_server():
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


class PostgresUnderTest:
    """The server runs between `with` and its end."""

    def __init__(self):
        self.programs = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wattle-postgres-"))
        self.process = None
        if os.geteuid() == 0:
            shutil.chown(self.folder, user_of_server().pw_uid)
        command = [f"{self.programs}/initdb", "--pgdata", self.folder / "data"]
        command += ["--username", "wattle", "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        self.as_other_user(command)
        self.url = f"postgresql:///postgres?host={self.folder}&user=wattle"

    def as_other_user(self, command):
        subprocess.run([*other_user(), *command], check=True, capture_output=True, cwd="/")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Back when it accepts connections, after its recovery."""
        command = [f"{self.programs}/postgres", "-D", self.folder / "data", "-k", self.folder]
        for setting in SETTINGS:
            command += ["-c", setting]
        # It logs into a file, so that nobody has to read a pipe; the pipe of its own log says when
        # it is ready.
        self.process = subprocess.Popen(
            [*other_user(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd="/", text=True,
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "ready to accept connections" in line:
                break
        else:
            raise RuntimeError("PostgreSQL did not start: " + "".join(said))
        log = open(self.folder / "log", "ab")  # noqa: SIM115, the copier below closes it
        subprocess.Popen(
            ["cat"], stdin=self.process.stderr, stdout=log, stderr=subprocess.DEVNULL
        )
        log.close()
        self.process.stderr.close()

    def processes(self):
        """Pids of its backends and helpers, the postmaster apart."""
        pid = self.process.pid
        try:
            text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def kill(self):
        """SIGKILL to all of it at once, and the wait for its end."""
        os.kill(self.process.pid, signal.SIGSTOP)  # it makes no more of them
        descriptors = []
        for pid in self.processes():
            try:
                descriptors.append(os.pidfd_open(pid))
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        os.kill(self.process.pid, signal.SIGKILL)
        for descriptor in descriptors:
            wait_for_end(descriptor)
        self.process.wait()

    def kill_postmaster(self):
        """Only the postmaster; its backends find that out and end, then it may be started again.

        One that waits for the postmaster to start another process sits there for a minute; it is
        killed, as a service manager does.
        """
        descriptors = {}
        for pid in self.processes():
            try:
                descriptors[pid] = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for descriptor in descriptors.values():
            if not select.select([descriptor], [], [], PATIENCE)[0]:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            wait_for_end(descriptor)

    def query(self, sql):
        """Rows as lists of texts; None while the server is away."""
        done = subprocess.run(
            [f"{self.programs}/psql", self.url, "-At", "-F", "\x1f", "-R", "\x1e", "-c", sql],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            return None
        out = done.stdout.removesuffix("\n")
        return [row.split("\x1f") for row in out.split("\x1e")] if out else []


def wait_for_end(descriptor):
    select.select([descriptor], [], [])
    os.close(descriptor)
