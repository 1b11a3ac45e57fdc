"""A run as the checkpoint contract (docs/reference/checkpoints.md) describes it, without Wattle:
variables, requests by file and signal, confirmations, resumption from the newest checkpoint.

It shares no code with Wattle, so that a recipe is tested against the document. Metrics go into a
pipe: a test acts when it reads of a step, and never waits for time to pass.
"""

import hashlib
import json
import os
import pathlib
import signal
import subprocess


def digest(path):
    """The digest of a file, or of all files of a folder with their names."""
    path = pathlib.Path(path)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    whole = hashlib.sha256()
    for file in files:
        if file.is_file():
            whole.update(f"{file.relative_to(path.parent)}\0".encode() + file.read_bytes())
    return whole.hexdigest()


class ContractRun:
    """One run in a folder: its attempts, one after another, and what they have confirmed."""

    def __init__(self, folder, command, environment):
        self.folder = pathlib.Path(folder)
        self.command = command
        self.checkpoints = self.folder / "checkpoints"
        self.confirm_file = self.folder / "confirm"
        self.checkpoints.mkdir(parents=True)
        self.environment = {
            **environment,
            "WATTLE_RUN_ID": "01TEST",
            "WATTLE_CHECKPOINT_DIR": str(self.checkpoints),
            "WATTLE_CHECKPOINT_CONFIRM": str(self.confirm_file),
            "WATTLE_OUTPUT_MODEL": str(self.folder / "model"),
        }
        self.attempts = 0
        self.requests = 0
        self.confirmed = []  # (path, digest), the oldest first
        self.answers = []    # request numbers
        self.current = None  # attempt

    def start(self):
        self.take_confirmation()
        self.attempts += 1
        self.requests = 0
        environment = {
            **self.environment,
            "WATTLE_ATTEMPT_NUMBER": str(self.attempts),
            "WATTLE_CHECKPOINT_REQUEST": str(self.request_file()),
        }
        newest = self.newest_intact()
        if newest:
            environment["WATTLE_RESUME_FROM"] = newest
        self.current = Attempt(self, environment)
        return self.current

    def end(self):
        """Whatever is still running of it is killed."""
        if self.current and self.current.process.poll() is None:
            self.current.signal_all(signal.SIGKILL)
            self.current.process.wait()

    def newest_intact(self):
        """The newest confirmed checkpoint whose files are as they were; the one before else."""
        for path, expected in reversed(self.confirmed):
            if path.exists() and digest(path) == expected:
                return str(path)
        return None

    def request_file(self):
        return self.folder / f"request-{self.attempts}"

    def request(self):
        self.requests += 1
        temporary = self.folder / "request.new"
        temporary.write_text(str(self.requests))
        temporary.rename(self.request_file())

    def take_confirmation(self):
        """The newest confirmation since the last look, or None."""
        try:
            said = json.loads(self.confirm_file.read_text())
        except FileNotFoundError:
            return None
        self.confirm_file.unlink()
        path = self.checkpoints / said["path"]
        self.confirmed.append((path, digest(path)))
        self.answers.append(said.get("request"))
        return said


class Attempt:
    """One process group of the run, and the metrics that it reports."""

    def __init__(self, run, environment):
        self.run = run
        metrics, write_end = os.pipe()
        environment["WATTLE_METRICS_FILE"] = f"/proc/self/fd/{write_end}"
        self.log = open(run.folder / f"output-{run.attempts}", "wb")
        self.process = subprocess.Popen(
            run.command, env=environment, pass_fds=[write_end], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        os.close(write_end)
        self.metrics = os.fdopen(metrics, "r", encoding="utf-8")

    def next_line(self):
        """The next line of metrics as a dict, or None when the processes have ended."""
        line = self.metrics.readline()
        return json.loads(line) if line.strip() else None if not line else self.next_line()

    def signal_all(self, number):
        """As the supervisor does it: to every process of the job."""
        for pid in self.members():
            if number != signal.SIGUSR1 or catches(pid, number):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def members(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.getsid(int(entry.name)) == self.process.pid:
                    found.append(int(entry.name))
            except ProcessLookupError:
                pass
        return found

    def close(self):
        code = self.process.wait()
        self.metrics.close()
        self.log.close()
        return code

    def output(self):
        return (self.run.folder / f"output-{self.run.attempts}").read_text(errors="replace")


def catches(pid, number):
    """Whether the process has a handler for the signal (SigCgt of /proc/PID/status)."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt:")).split()[1]
    return bool(int(mask, 16) >> (number - 1) & 1)
