"""What a script may ask of Wattle: parameters, metrics, checkpoints that resume, measurement.

One file without dependencies: install it, or copy it beside the script. Outside a run of Wattle
parameters are their defaults, metrics go nowhere and nobody asks for checkpoints, so that the same
script runs anywhere; measure() works there, too: it is what a notebook needs. The contract behind
it: docs/reference/checkpoints.md and environment.md.

Units:   steps are counted, times are seconds, sizes are bytes.
Errors:  a wrong call raises ValueError, TypeError or KeyError with one line that says what to do.
         A metric or an asked-for checkpoint that cannot be written, and a measurement that cannot
         be had, are told once on standard error and cost the script nothing else.
Threads: report() from any thread and forked process. Signals are caught only from the main thread;
         elsewhere the request file is looked at, once a second.
"""
from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import itertools
import json
import math
import operator
import os
import pickle
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union

__version__ = "0.1.0"
__all__ = ["Energy", "LightningCallback", "ResumableLoader", "TorchCheckpoint",
           "TransformersCallback", "attempt", "checkpoints", "input", "measure", "output", "param",
           "params", "report", "rng_state", "run_id", "set_rng_state", "sklearn_steps", "steps",
           "torch_checkpoint", "xgboost_callback"]

LINE_BYTES = 64 << 10  # Wattle's bound for one line of metrics
ANSWER_SECONDS = 60    # for a receipt, once a measurement has ended
LOOK_SECONDS = 1.0     # between two looks at the request file
KEPT = 2               # checkpoints of one name: the newest, and the one to fall back to
INTERRUPTED = 128 + signal.SIGTERM  # exit code after a checkpoint that SIGTERM asked for

Path = Union[str, "os.PathLike[str]"]


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no stderr
        sys.stderr.write(f"wattle: {text}\n")


# What the run is, and what it was given.

def run_id() -> Optional[str]:
    """The run's id; None outside a run."""
    return os.environ.get("WATTLE_RUN_ID")


def attempt() -> int:
    """The number of the attempt: 1 for the first, and outside a run."""
    text = os.environ.get("WATTLE_ATTEMPT_NUMBER")
    text = text or os.environ.get("WATTLE_ATTEMPT", "").rpartition("/")[2]
    return int(text) if text.isdecimal() else 1


def _variable(prefix: str, name: str) -> str:
    kept = (chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else "_"
            for byte in name.encode())
    return prefix + "".join(kept).upper()


def _number(text: str) -> Any:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _typed(name: str, text: str, default: Any) -> Any:
    """The text as what its default is; without a default numbers and truth values as such."""
    words = {"true": True, "false": False}
    if default is None:
        return words.get(text, _number(text))
    value: Any = text
    if isinstance(default, bool):
        value = words.get(text.lower())
    elif isinstance(default, (int, float)):
        value = _number(text)
        if isinstance(default, int) and isinstance(value, float) and value.is_integer():
            value = int(value)
        kinds = (int,) if isinstance(default, int) else (int, float)
        value = type(default)(value) if isinstance(value, kinds) else None
    if value is None:
        raise ValueError(f"parameter '{name}' is '{text}', which is no {type(default).__name__} "
                         f"as its default {default} is; mend `params` in wattle.yaml")
    return value


def param(name: str, default: Any = None) -> Any:
    """A parameter of the run, as the type of its default. ValueError when it is none of that."""
    text = os.environ.get(_variable("WATTLE_PARAM_", name))
    return default if text is None else _typed(name, text, default)


def params(defaults: Optional[Mapping[str, Any]] = None, **more: Any) -> Dict[str, Any]:
    """All parameters of the run over the given defaults, whose types they get.

    Names are as in wattle.yaml. ValueError as for param().
    """
    values = {**(defaults or {}), **more}
    result = {name: param(name, default) for name, default in values.items()}
    known = {_variable("", name) for name in values}
    given: Any = None
    with contextlib.suppress(ValueError):
        given = json.loads(os.environ.get("SM_HPS", "")) if run_id() else None
    if not isinstance(given, dict):  # the names are then known in capitals only
        prefix = "WATTLE_PARAM_"
        given = {name[len(prefix):].lower(): _typed(name, text, None)
                 for name, text in os.environ.items() if name.startswith(prefix)}
    return {**{n: v for n, v in given.items() if _variable("", n) not in known}, **result}


def _place(kind: str, name: str, default: Optional[Path]) -> str:
    path = os.environ.get(_variable(f"WATTLE_{kind.upper()}_", name), default)
    if path is None:
        raise KeyError(f"there is no {kind} '{name}'; name it under `{kind}s` in wattle.yaml, "
                       "or give a default")
    return os.fspath(path)


def input(name: str, default: Optional[Path] = None) -> str:  # noqa: A001: as in wattle.yaml
    """The path of an input. KeyError when the run has none of that name and no default is given."""
    return _place("input", name, default)


def output(name: str, default: Optional[Path] = None) -> str:
    """The path of an output; its folder is made. KeyError as for input()."""
    path = _place("output", name, default)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    return path


# Metrics.

class _Metrics:
    """Appends lines to the file of metrics, each by one write, so that lines never mix."""

    def __init__(self) -> None:
        self.torn: Dict[str, bool] = {}  # whether the file may end within a line, by path
        self.told = False

    def append(self, path: str, line: bytes) -> bool:
        """False when it could not be written; what is wrong is told once."""
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o666)
        except OSError as error:
            return self._lost(path, error)
        try:
            # Whoever was killed or out of space within a line must not spoil this one.
            text = b"\n" + line if self.torn.get(path, os.fstat(descriptor).st_size > 0) else line
            self.torn[path] = os.write(descriptor, text) != len(text)
            return not self.torn[path] or self._lost(path, OSError(28, "No space left on device"))
        except OSError as error:
            return self._lost(path, error)
        finally:
            os.close(descriptor)

    def _lost(self, path: str, error: OSError) -> bool:
        if not self.told:
            _complain(f"metrics are lost: {path}: {error.strerror}; the training goes on")
        self.told = True
        return False


_metrics = _Metrics()


def _figure(name: str, value: Any) -> Union[int, float, str]:
    with contextlib.suppress(TypeError):
        return operator.index(value)
    try:
        number = float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError):
        raise TypeError(f"report({name}=...): {value!r} is no number") from None
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def report(step: Optional[int] = None, *, echo: bool = False, **metrics: Any) -> bool:
    """Records metrics of the run: report(step=3, loss=0.25).

    Values are whatever float() takes, NaN and infinities among them, so also arrays and tensors of
    one number. With `echo` the line is printed too. True when it was recorded; False outside a run
    and when it could not be written. TypeError for what is no number, ValueError for a line over
    64 KiB.
    """
    values = {"step": step, **metrics} if step is not None else metrics
    text = json.dumps({name: _figure(name, value) for name, value in values.items()})
    line = text.encode() + b"\n"
    if len(line) >= LINE_BYTES:
        raise ValueError(f"report(): {len(line)} bytes of metrics in one line, of {LINE_BYTES} at "
                         "most; report them by several calls")
    if echo:
        print(text, flush=True)
    path = os.environ.get("WATTLE_METRICS_FILE")
    return bool(path and metrics) and _metrics.append(str(path), line)


# Measuring a part of a script.

def _with_prefix(value: float, unit: str) -> str:
    for scale, prefix in ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ")):
        if value >= scale:
            return f"{value / scale:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


class Energy:
    """What a measured part took. Known when it has ended; None is unknown, not nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seconds: Optional[float] = None           # of the part itself
        self.receipt: Optional[Dict[str, Any]] = None  # docs/reference/receipt.md

    @property
    def joules(self) -> Optional[float]:
        """Energy; the error and the quality of the figure are in the receipt."""
        figure = self.receipt and self.receipt["energy"]["joules"]
        return figure["value"] if figure else None

    @property
    def grams(self) -> Optional[float]:
        """CO2e of that energy, where and when it was used."""
        carbon = self.receipt and self.receipt["carbon"]
        return carbon["operational_grams"]["value"] if carbon else None

    def __repr__(self) -> str:
        if self.seconds is None:
            return f"{self.name}: being measured"
        told = [f"{self.seconds:.3g} s"]
        if self.receipt and self.joules is not None:
            figure = self.receipt["energy"]["joules"]
            told.append(f"{_with_prefix(figure['value'], 'J')} ({_with_prefix(figure['low'], 'J')} "
                        f"to {_with_prefix(figure['high'], 'J')}, {figure['quality']})")
        else:
            told.append("energy unknown")
        if self.grams is not None:
            told.append(f"{_with_prefix(self.grams, 'g')} CO2e")
        return f"{self.name}: {', '.join(told)}"


class _Watching:
    """One `wattle measure --pid` of this process: it measures until its standard input ends."""

    told = False  # what is wrong is told once

    def __init__(self, name: str, zone: Optional[str]) -> None:
        self._owner, self._input = os.getpid(), -1
        self._process: Optional["subprocess.Popen[bytes]"] = None
        command = [os.environ.get("WATTLE_PROGRAM") or "wattle", "measure", "--pid",
                   str(self._owner), "--until-input-ends", "--json", "--name", name]
        try:
            self._start([*command, "--zone", zone] if zone else command)
        except OSError as error:
            self._lost(f"{error.filename or command[0]}: {error.strerror}; put `wattle` on the "
                       "PATH, or name it by WATTLE_PROGRAM")
        except BaseException:  # Ctrl-C
            self.forget()
            raise

    def _start(self, command: List[str]) -> None:
        read_end, self._input = os.pipe()
        _watching.add(self)
        try:
            # A session of its own: Ctrl-C is for this script, which may go on.
            self._process = subprocess.Popen(command, stdin=read_end, stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE, start_new_session=True)
        finally:
            os.close(read_end)
        last = b""
        for line in self._process.stderr or ():
            if line.startswith(b"measuring process "):
                return  # what is used from here on counts
            last = line
        self._process.communicate()
        self._lost(last.decode(errors="replace"))

    def end(self) -> Optional[Dict[str, Any]]:
        """The receipt; None when there is none."""
        process, self._process = self._process, None
        self.forget()
        if process is None or os.getpid() != self._owner:
            return None  # a forked process that leaves the part, too: its parent measures
        try:
            out, err = process.communicate(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self._lost(f"no receipt came within {ANSWER_SECONDS} s")
            return None
        try:
            return dict(json.loads(out))
        except ValueError:
            self._lost(err.decode(errors="replace"))
            return None

    def forget(self) -> None:
        """Lets go of the pipe: once nobody holds it, the measurement ends."""
        _watching.discard(self)
        descriptor, self._input = self._input, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _lost(self, words: str) -> None:
        self._process = None
        self.forget()
        if not _Watching.told:
            lines = words.strip().splitlines() or ["`wattle measure` gave no receipt"]
            _complain(f"not measured: {re.sub('^wattle: ', '', lines[-1])}; the script goes on")
        _Watching.told = True


_watching: "set[_Watching]" = set()
os.register_at_fork(after_in_child=lambda: [each.forget() for each in list(_watching)])


class _Measure:
    """What measure() gives: a context, which may be entered again, and a decorator."""

    def __init__(self, name: Optional[str], zone: Optional[str]) -> None:
        self._name, self._zone = name or "script", zone
        self._decorated = name
        self._open: List[Tuple[Energy, _Watching, float]] = []

    def __enter__(self) -> Energy:
        # As the names of runs are: docs/reference/wattle-yaml.md.
        name = re.sub(r"[^a-z0-9._]+", "-", self._name.lower()).strip("-._")[:63].strip("-._")
        watching, energy = _Watching(name or "script", self._zone), Energy(self._name)
        self._open.append((energy, watching, time.perf_counter()))
        return energy

    def __exit__(self, *_: Any) -> None:
        energy, watching, began = self._open.pop()
        energy.seconds = time.perf_counter() - began
        energy.receipt = watching.end()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, measured; its attribute `last` is the Energy of the last call."""
        name = self._decorated or function.__name__

        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            with _Measure(name, self._zone) as result.last:
                return function(*args, **kwargs)

        @functools.wraps(function)
        async def measured_coroutine(*args: Any, **kwargs: Any) -> Any:
            with _Measure(name, self._zone) as result.last:
                return await function(*args, **kwargs)

        result: Any = measured_coroutine if inspect.iscoroutinefunction(function) else measured
        result.last = None
        return result


def measure(name: Any = None, *, zone: Optional[str] = None) -> Any:
    """Measures a part of this process, with the processes that it starts; it needs `wattle`.

        with wattle.measure("fit") as energy:
            model.fit(x, y)
        print(energy)        # fit: 2.1 s, 41.2 J (30.1 J to 52.3 J, modelled), 4.36 mg CO2e

        @wattle.measure      # or @wattle.measure("fit")
        def fit(): ...
        fit()
        print(fit.last)      # None before the first call

    All threads of the process count. Parts may lie within each other, and within a run of Wattle:
    each has its own figure, and the books of the host have nothing twice. Whatever is wrong with a
    measurement, the part runs: then `joules`, `grams` and `receipt` are None, and why is told once.
    """
    return _Measure(None, zone)(name) if callable(name) else _Measure(name, zone)


# Checkpoints.

def _flush(path: str) -> None:
    """The file, or the names in the folder, are on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_all(path: str) -> None:
    """Everything at or below the path is on the disk when this returns."""
    for folder, _, files in os.walk(path):
        for name in files:
            if stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode):
                _flush(os.path.join(folder, name))
        _flush(folder)
    if not os.path.isdir(path):
        _flush(path)


def _replace(path: str, text: str) -> None:
    """The file is the old one or the new one, whole, whoever is killed and whatever is full."""
    temporary = f"{path}.new-{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        _remove(temporary)
        raise


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


class _Names:
    """The files of one series of checkpoints: model.pt becomes model-0007-step-1200.pt.

    The sequence number is never used again, because Wattle remembers a checkpoint by name and
    digest.
    """

    def __init__(self, folder: str, name: str) -> None:
        self.folder = folder
        self.stem, self.suffix = os.path.splitext(name)
        if not self.stem or name != os.path.basename(name) or self.stem.startswith("."):
            raise ValueError(f"'{name}' is no name of a checkpoint; write one such as 'model.pt'")

    def mine(self) -> List[Tuple[int, str]]:
        """Sequence number and path of those that are there."""
        pattern = re.compile(rf"{re.escape(self.stem)}-(\d+)(-step-\d+)?{re.escape(self.suffix)}")
        found = ((pattern.fullmatch(name), name) for name in os.listdir(self.folder))
        return sorted((int(m[1]), os.path.join(self.folder, name)) for m, name in found if m)

    def temporary(self) -> str:
        return os.path.join(self.folder, f".{self.stem}-new-{os.getpid()}{self.suffix}")

    def remove_abandoned(self) -> None:
        """What processes that were killed left half written."""
        pattern = re.compile(rf"\.{re.escape(self.stem)}-new-(\d+){re.escape(self.suffix)}")
        for name in os.listdir(self.folder):
            match = pattern.fullmatch(name)
            if match and (int(match[1]) == os.getpid() or not _is_alive(int(match[1]))):
                _remove(os.path.join(self.folder, name))

    def claim(self, step: Optional[int], is_folder: bool) -> str:
        """A path that was free, now held by an empty file or folder of ours."""
        taken = self.mine()
        for number in itertools.count(taken[-1][0] + 1 if taken else 1):
            middle = "" if step is None else f"-step-{step}"
            path = os.path.join(self.folder, f"{self.stem}-{number:04d}{middle}{self.suffix}")
            with contextlib.suppress(FileExistsError):
                if is_folder:
                    os.mkdir(path)
                else:
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                return path
        raise AssertionError("unreachable")


class Checkpoints:
    """The checkpoint contract of a run; wattle.checkpoints is the one of this process."""

    def __init__(self, environment: Mapping[str, str] = os.environ,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._environment = environment
        self._clock = clock
        self._kept: List[str] = []
        self._seen: Any = None            # what the request file was when last read
        self._open: Optional[int] = None  # number of the request to answer; 0: it has none
        self._answered = 0
        self._signalled = self._ended = False  # set by the signal handler
        self._next_look = 0.0
        self._saved_step: Optional[int] = None
        self._saved_at, self._cost = clock(), 0.0  # of the newest checkpoint, seconds
        self._previous: Dict[int, Any] = {}
        self._depth = 0

    @property
    def folder(self) -> Optional[str]:
        """Where checkpoints go; None outside a run."""
        return self._environment.get("WATTLE_CHECKPOINT_DIR")

    def resume_from(self) -> Optional[str]:
        """The verified checkpoint to go on from, or None. FileNotFoundError when it has gone."""
        path = self._environment.get("WATTLE_RESUME_FROM")
        if path and not os.path.exists(path):
            raise FileNotFoundError(2, "WATTLE_RESUME_FROM names a checkpoint that is not there",
                                    path)
        return path or None

    def requested(self) -> bool:
        """Whether a checkpoint is asked for. Cheap: a look at a file, once a second."""
        now = self._clock()
        if self._signalled or now >= self._next_look:
            signalled, self._signalled = self._signalled, False
            self._next_look = now + LOOK_SECONDS
            self._look(signalled)
        return self._open is not None

    def interrupted(self) -> bool:
        """Whether SIGTERM has come while listening: save, and end."""
        return self._ended

    def _look(self, signalled: bool) -> None:
        path = self._environment.get("WATTLE_CHECKPOINT_REQUEST", "")
        number = None
        try:
            status = os.stat(path)
            seen = (status.st_ino, status.st_mtime_ns, status.st_size)
            if seen == self._seen and not signalled:
                return
            self._seen = seen
            with open(path, "rb") as file:
                text = file.read(32).strip()
            number = int(text) if text.isdigit() and len(text) < 19 else None
        except OSError:
            if not signalled:
                return  # there is no request yet
        if number is None:  # a request that cannot be read is one all the same
            self._open = self._open or 0
        elif number > self._answered:
            self._open = number

    def confirm(self, path: Path, step: Optional[int] = None) -> None:
        """Tells Wattle that the checkpoint at the path, a file or a folder, is complete.

        It is made durable first. ValueError when it is not below `folder`, OSError when it or the
        confirmation cannot be written.
        """
        if not self.folder:
            return
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self.folder))
        if relative == "." or relative.split(os.sep)[0] == "..":
            raise ValueError(f"the checkpoint {os.fspath(path)} is not below "
                             f"WATTLE_CHECKPOINT_DIR, {self.folder}")
        _flush_all(os.path.join(self.folder, relative))
        _flush(os.path.dirname(os.path.join(self.folder, relative)))
        said: Dict[str, Any] = {"path": relative}
        if step is not None:
            said["step"] = step
        if self._open:
            said["request"] = self._open
        goal = self._environment.get("WATTLE_CHECKPOINT_CONFIRM")
        if goal:
            _replace(goal, json.dumps(said) + "\n")
        self._answered, self._open = max(self._answered, self._open or 0), None
        self._saved_step, self._saved_at = step, self._clock()

    def save(self, name: str, write: Callable[[str], Any], step: Optional[int] = None) -> str:
        """Has `write(path)` write a checkpoint, a file or a folder, and confirms it.

        It appears under its name when it is complete and durable; the one before it is kept and
        older ones of that name are removed. Returns its path. OSError, or whatever `write` raises:
        then nothing has changed. RuntimeError outside a run.
        """
        if not self.folder:
            raise RuntimeError("WATTLE_CHECKPOINT_DIR is not set: there is nowhere to save to")
        began = self._clock()
        os.makedirs(self.folder, exist_ok=True)
        names = _Names(self.folder, name)
        names.remove_abandoned()
        temporary, path = names.temporary(), None
        try:
            write(temporary)
            _flush_all(temporary)
            path = names.claim(step, os.path.isdir(temporary))
            os.rename(temporary, path)
            self.confirm(path, step)
        except BaseException:
            for left in (temporary, path) if path else (temporary,):
                _remove(left)
            raise
        self._prune(names, path)
        self._cost = self._clock() - began
        return path

    def _prune(self, names: _Names, newest: str) -> None:
        source = self._environment.get("WATTLE_RESUME_FROM")
        self._kept = [*(self._kept or ([source] if source else [])), newest][-KEPT:]
        if len(self._kept) == KEPT:
            kept = {os.path.realpath(path) for path in self._kept}
            for _, path in names.mine():
                if os.path.realpath(path) not in kept:
                    _remove(path)

    def at_step(self, name: str, write: Callable[[str], Any], step: Optional[int] = None) -> None:
        """What a training does between two steps: saves when asked to; on SIGTERM saves and ends.

        A checkpoint that fails is told and costs the training nothing. A SIGTERM without a request
        saves only when more work would be lost than saving takes. Raises SystemExit(143) for it.
        """
        if not self.folder:
            return
        asked = self.requested()
        if asked or (self._ended and self._pays(step)):
            try:
                self.save(name, write, step)
            except Exception as error:  # whatever a framework raises
                _complain(f"no checkpoint was made: {type(error).__name__}: {error}")
                self._answered, self._open = max(self._answered, self._open or 0), None
        self.end_if_interrupted()

    def _pays(self, step: Optional[int]) -> bool:
        is_new = step is None or step != self._saved_step
        return is_new and self._clock() - self._saved_at >= self._cost

    def end_if_interrupted(self) -> None:
        """Raises SystemExit(143) when SIGTERM has come while listening, after its old handler."""
        if self._ended:
            self._ended = False
            if callable(self._previous.get(signal.SIGTERM)):
                self._previous[signal.SIGTERM](signal.SIGTERM, None)
            raise SystemExit(INTERRUPTED)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Within it SIGUSR1 and SIGUSR2 ask for a checkpoint, and SIGTERM for one and the end.

        Handlers that were there are kept: those of SIGUSR1 and SIGUSR2 run as well, that of SIGTERM
        in end_if_interrupted(). Forked processes get them back at once. Nothing outside a run.
        """
        self._depth += 1
        if self._depth == 1 and self.folder:
            self._catch()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._release()
                if self._ended:  # nobody has acted on it
                    self._ended = False
                    os.kill(os.getpid(), signal.SIGTERM)

    def _catch(self) -> None:
        _listeners.add(self)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
            before = signal.getsignal(number)
            if number != signal.SIGTERM or before is not signal.SIG_IGN:
                with contextlib.suppress(ValueError):  # only the main thread may
                    signal.signal(number, self._on_signal)
                    self._previous[number] = before

    def _release(self) -> None:
        _listeners.discard(self)
        for number, before in self._previous.items():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, signal.SIG_DFL if before is None else before)
        self._previous = {}

    def _on_signal(self, number: int, frame: Any) -> None:
        self._signalled = number != signal.SIGTERM or self._signalled
        self._next_look = 0.0
        self._ended = self._ended or number == signal.SIGTERM
        before = self._previous.get(number)
        if number != signal.SIGTERM and callable(before):
            before(number, frame)

    def forget_signals(self) -> None:
        """In a forked process: signals are its own affair again."""
        self._signalled = self._ended = False
        with contextlib.suppress(ValueError):
            self._release()


_listeners: "set[Checkpoints]" = set()
os.register_at_fork(after_in_child=lambda: [each.forget_signals() for each in list(_listeners)])
checkpoints = Checkpoints()


def _steps_of(path: str) -> int:
    match = re.search(r"-step-(\d+)(\.[^.]*)?$", os.path.basename(path))
    if not match:
        raise ValueError(f"{path} is no checkpoint of wattle.steps(): its name does not end with "
                         "the number of steps; load it yourself")
    return int(match[1])


def steps(items: Union[int, Iterable[Any]], *, save: Callable[[str], Any],
          load: Callable[[str], Any], name: str = "state.bin") -> Iterator[Any]:
    """The steps of a training, as `for step in wattle.steps(100, save=..., load=...)`.

    Resumes behind the steps of the checkpoint, after `load(path)`; saves by `save(path)` between
    two steps when asked to; on SIGTERM saves and raises SystemExit(143). `items` is a number of
    steps, or what gives the same items in every attempt.
    """
    source, done = checkpoints.resume_from(), 0
    if source:
        done = _steps_of(source)
        load(source)

    def go_on(done: int) -> Iterator[Any]:
        with checkpoints.listening():
            rest = itertools.islice(range(items) if isinstance(items, int) else items, done, None)
            for item in rest:
                yield item
                done += 1
                checkpoints.at_step(name, save, done)

    return go_on(done)


def rng_state() -> Dict[str, Any]:
    """The random state of this process: Python, and NumPy and PyTorch (with CUDA) if imported."""
    state: Dict[str, Any] = {"python": random.getstate()}
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy:
        kind, keys, *rest = numpy.random.get_state()
        state["numpy"] = (kind, keys.tolist(), *rest)
    if torch:
        state["torch"] = torch.get_rng_state()
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def set_rng_state(state: Mapping[str, Any]) -> None:
    """Goes back to what rng_state() returned; what is not imported by now is left out."""
    random.setstate(state["python"])
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy and "numpy" in state:
        numpy.random.set_state(state["numpy"])
    if torch and "torch" in state:
        torch.set_rng_state(state["torch"])
    if torch and "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])


# Frameworks. None is imported before it is needed.

def sklearn_steps(model: Any, items: Union[int, Iterable[Any]],
                  name: str = "model.pickle") -> Tuple[Any, Iterator[Any]]:
    """A model of scikit-learn and its steps, for loops of partial_fit or with warm_start.

    `model, epochs = wattle.sklearn_steps(MLPClassifier(), 20)`: the model is the given one, or
    what the checkpoint holds. The loop must change it, not replace it. Random state is kept.
    """
    holder = {"model": model}

    def save(path: str) -> None:
        with open(path, "wb") as file:
            pickle.dump({**holder, "rng": rng_state()}, file)

    def load(path: str) -> None:
        with open(path, "rb") as file:
            saved = pickle.load(file)
        holder["model"] = saved["model"]
        set_rng_state(saved["rng"])

    rest = steps(items, save=save, load=load, name=name)
    return holder["model"], rest


def _ignore_end(then: Optional[Callable[[int], Any]], worker: int) -> None:
    """In a worker of a DataLoader: SIGTERM goes to every process of a job, and the batches at hand
    are needed up to the checkpoint. The training ends its workers itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if then:
        then(worker)


class ResumableLoader:
    """A DataLoader of PyTorch that goes on in the middle of an epoch, bit for bit.

    It does so by fetching again the batches that the epoch had, from the same random state, so that
    any sampler, transformation and number of workers will do (but not persistent_workers, whose
    random state is out of reach). state_dict() and load_state_dict() are what Lightning asks for.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self._batches = 0  # handed out in this epoch
        self._begin: Any = None
        self._resumed: Any = None
        if getattr(loader, "num_workers", 0):
            loader.worker_init_fn = functools.partial(_ignore_end, loader.worker_init_fn)

    def __getattr__(self, name: str) -> Any:
        if name == "loader":  # while being copied or unpickled
            raise AttributeError(name)
        return getattr(self.loader, name)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        resumed, self._resumed = self._resumed, None
        generator = getattr(self.loader, "generator", None)
        self._batches = 0
        if resumed:
            self._begin, self._batches = resumed["begin"], resumed["batches"]
            set_rng_state(self._begin["rng"])
            if generator:
                generator.set_state(self._begin["generator"])
        else:
            self._begin = {"rng": rng_state(),
                           "generator": generator.get_state() if generator else None}
        batches = iter(self.loader)
        if resumed:
            for _ in range(self._batches):
                next(batches, None)
            set_rng_state(resumed["now"])
        for batch in batches:
            self._batches += 1
            yield batch
        self._batches = 0

    def is_within_epoch(self) -> bool:
        """Whether what was loaded leaves batches of its epoch."""
        return self._resumed is not None

    def state_dict(self) -> Dict[str, Any]:
        generator = getattr(self.loader, "generator", None)
        return {"begin": self._begin, "batches": self._batches, "now": rng_state(),
                "generator": generator.get_state() if generator else None}

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Goes on behind the batches of the state; behind the last one a new epoch begins."""
        set_rng_state(state["now"])
        try:
            length = len(self)
        except TypeError:  # a stream: its end is found by reading
            length = state["batches"] + 1
        self._resumed = state if 0 < state["batches"] < length else None
        if not self._resumed and state["generator"] is not None:
            self.loader.generator.set_state(state["generator"])


class TorchCheckpoint:
    """The whole state of a training with PyTorch: torch_checkpoint() makes it and explains it."""

    def __init__(self, parts: Dict[str, Any], name: str) -> None:
        self.state: Dict[str, Any] = {}
        self.step = 0
        self._parts = {key: part for key, part in parts.items() if part is not None}
        self._name = name
        self._epoch = self._pass = 0
        self._loader: Optional[ResumableLoader] = None
        self._resumed: Dict[str, Any] = {}
        source = checkpoints.resume_from()
        if source:
            self.load(source)

    def save(self, path: str) -> None:
        """Writes everything to the path."""
        import torch
        loader = self._loader.state_dict() if self._loader else None
        parts = {key: part.state_dict() for key, part in self._parts.items()}
        torch.save({"parts": parts, "state": self.state, "step": self.step, "epoch": self._epoch,
                    "pass": self._pass, "loader": loader, "rng": rng_state()}, path)

    def load(self, path: str) -> None:
        """Takes up everything that save() wrote. ValueError when it is of another training."""
        import torch
        saved = torch.load(path, map_location="cpu", weights_only=False)
        if saved["parts"].keys() != self._parts.keys():
            raise ValueError(f"{path} holds {sorted(saved['parts'])}, and this training has "
                             f"{sorted(self._parts)}")
        for key, part in self._parts.items():
            part.load_state_dict(saved["parts"][key])
        self.state, self.step, self._epoch = saved["state"], saved["step"], saved["epoch"]
        self._resumed = saved
        set_rng_state(saved["rng"])

    def epochs(self, count: int) -> Iterator[int]:
        """The epochs from the resumed one up to `count`; saves and ends as wattle.steps() does."""
        with checkpoints.listening():
            if self._resumed:
                set_rng_state(self._resumed["rng"])
            while self._epoch < count:
                self._pass = 0
                yield self._epoch
                self._epoch, self._resumed, self._pass = self._epoch + 1, {}, 0
                checkpoints.at_step(self._name, self.save, self.step)

    def batches(self, loader: Any) -> Iterator[Any]:
        """The batches of an epoch that are still to be learnt from; each counts as a step."""
        self._pass += 1
        if self._pass < self._resumed.get("pass", 0):
            return
        resumed, self._resumed = self._resumed, {}
        self._loader = ResumableLoader(loader)
        try:
            if resumed.get("loader"):
                self._loader.load_state_dict(resumed["loader"])
                if not self._loader.is_within_epoch():
                    return
            for batch in self._loader:
                yield batch
                self.step += 1
                checkpoints.at_step(self._name, self.save, self.step)
        finally:
            self._loader = None


def torch_checkpoint(model: Any, optimizer: Any = None, scheduler: Any = None, *,
                     name: str = "model.pt", **others: Any) -> TorchCheckpoint:
    """The state of a training with PyTorch in one process, resumed where there is a checkpoint.

        training = wattle.torch_checkpoint(model, optimizer, scheduler)
        for epoch in training.epochs(10):
            for batch in training.batches(loader):
                ...

    `others` are further objects with state_dict() and load_state_dict(), as a gradient scaler;
    `training.state` is a dict for whatever else must outlive an interruption. What is random in
    Python, NumPy, PyTorch and CUDA goes on as if nothing had happened.
    """
    return TorchCheckpoint(
        {"model": model, "optimizer": optimizer, "scheduler": scheduler, **others}, name)


def _lightning_callback() -> type:
    try:
        from lightning.pytorch.callbacks import Callback
    except ImportError:
        from pytorch_lightning.callbacks import Callback

    class LightningCallback(Callback):
        """Checkpoints of Lightning's Trainer on request, between two batches.

        `Trainer(callbacks=[wattle.LightningCallback()])`, and to resume
        `trainer.fit(..., ckpt_path=wattle.checkpoints.resume_from())`. With its training loader in
        a wattle.ResumableLoader a resumed training ends bit for bit the same.
        """

        def __init__(self, name: str = "lightning.ckpt") -> None:
            super().__init__()
            self._name = name
            self._listening = contextlib.ExitStack()

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._listening.enter_context(checkpoints.listening())

        def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
            # Not at the end of an epoch: whoever goes on from there does it right, but what he
            # saves himself is resumed at a wrong batch (Lightning 2.6). The next batch saves.
            if not trainer.is_last_batch:
                checkpoints.at_step(self._name, trainer.save_checkpoint, trainer.global_step)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            self._listening.close()

        def on_exception(self, trainer: Any, *_: Any) -> None:
            self._listening.close()

    return LightningCallback


def _fingerprint(model: Any) -> str:
    """Of a model's weights: their names, and the ends of each."""
    import torch
    whole = hashlib.sha256()
    for name, weights in model.named_parameters():
        flat = weights.detach().flatten()
        ends = torch.cat([flat[:8], flat[-8:]]).cpu().view(torch.uint8)
        whole.update(name.encode() + bytes(ends.tolist()))
    return whole.hexdigest()


def _check_weights(model: Any, source: str) -> None:
    """Some releases of transformers resume with weights missing, and only warn (5.24: ViT)."""
    try:
        with open(os.path.join(source, _WEIGHTS), encoding="utf-8") as file:
            expected = file.read()
    except FileNotFoundError:  # a checkpoint that was not made under the callback
        return
    if _fingerprint(model) != expected and hasattr(type(model), "from_pretrained"):
        model.load_state_dict(type(model).from_pretrained(source).state_dict())
    if _fingerprint(model) != expected:
        raise RuntimeError(f"the weights of {source} were not all loaded; transformers says above "
                           "which are missing")


_WEIGHTS = "wattle-weights.sha256"


def _transformers_callback() -> type:
    from transformers import TrainerCallback

    class TransformersCallback(TrainerCallback):
        """Checkpoints of Hugging Face's Trainer on request, between two steps.

        `Trainer(args=TrainingArguments(output_dir=wattle.checkpoints.folder or "out", ...),
        callbacks=[wattle.TransformersCallback()])`, and to resume
        `trainer.train(resume_from_checkpoint=wattle.checkpoints.resume_from())`.
        """

        def __init__(self) -> None:
            self._listening = contextlib.ExitStack()

        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None,
                           **_: Any) -> None:
            inside = os.path.join(os.path.realpath(checkpoints.folder or args.output_dir), "")
            if not os.path.join(os.path.realpath(args.output_dir), "").startswith(inside):
                raise ValueError(f"output_dir {args.output_dir} is not below {inside}; write "
                                 "output_dir=wattle.checkpoints.folder")
            source = checkpoints.resume_from()
            if source and state.global_step:
                _check_weights(model, source)
            self._listening.enter_context(checkpoints.listening())

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            asked = checkpoints.requested()
            control.should_save = bool(control.should_save or asked or checkpoints.interrupted())
            return control

        def on_save(self, args: Any, state: Any, control: Any, model: Any = None,
                    **_: Any) -> None:
            if not checkpoints.folder:
                return
            path = os.path.join(args.output_dir, f"checkpoint-{state.global_step}")
            _replace(os.path.join(path, _WEIGHTS), _fingerprint(model))
            checkpoints.confirm(path, state.global_step)
            checkpoints.end_if_interrupted()

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._listening.close()

    return TransformersCallback


def xgboost_callback(name: str = "model.ubj") -> Any:
    """A callback of XGBoost's train() that makes checkpoints on request, between two rounds.

        resume = wattle.xgboost_callback()
        booster = xgboost.train(params, table, resume.rounds(200), xgb_model=resume.model,
                                callbacks=[resume])

    Every round begins anew from the trees so far and a seed of its own number, because XGBoost does
    not save its random state: so a training that was interrupted ends with the same trees as one
    under this callback that was not. The callback of early stopping forgets at an interruption.
    """
    import xgboost

    class XGBoostCallback(xgboost.callback.TrainingCallback):
        def __init__(self) -> None:
            self.model = checkpoints.resume_from()
            self._seed = 0
            self._listening = contextlib.ExitStack()

        def rounds(self, total: int) -> int:
            """How many of all the rounds are left."""
            if not self.model:
                return total
            return max(0, total - xgboost.Booster(model_file=self.model).num_boosted_rounds())

        def before_training(self, model: Any) -> Any:
            self._listening.enter_context(checkpoints.listening())
            settings = json.loads(model.save_config())["learner"]
            self._seed = int(settings["generic_param"].get("seed", 0))
            return model

        def _between_rounds(self, model: Any) -> None:
            if model.num_boosted_rounds() > 0:
                checkpoints.at_step(name, model.save_model, model.num_boosted_rounds())

        def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self._between_rounds(model)  # here every other callback has seen the round before
            model.load_config(model.save_config())  # makes new updaters, with no past
            model.set_param("seed", self._seed + model.num_boosted_rounds())
            return False

        def after_training(self, model: Any) -> Any:
            self._between_rounds(model)
            self._listening.close()
            model.set_param("seed", self._seed)
            return model

    return XGBoostCallback()


_MADE_ON_USE = {"LightningCallback": _lightning_callback,
                "TransformersCallback": _transformers_callback}


def __getattr__(name: str) -> Any:
    if name not in _MADE_ON_USE:
        raise AttributeError(f"module 'wattle' has no attribute '{name}'")
    globals()[name] = _MADE_ON_USE[name]()
    return globals()[name]
