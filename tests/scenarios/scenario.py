"""A scenario as data: its text, parsed and written back; README.md describes the form."""
import re
from dataclasses import dataclass, field

HEADERS = {"needs", "timeout"}


class ScenarioError(Exception):
    """The scenario itself is malformed: "FILE:LINE: what"."""


@dataclass
class Step:
    """A command and what is expected of it, or (without a command) a file to make."""
    line: int
    command: str = ""
    stdout: list = field(default_factory=list)
    stderr: list = None  # None: not looked at
    exit: int = 0
    file: tuple = None   # ("file", name, text) or ("copy", path)
    gap: int = 0         # empty lines after it, for writing back


@dataclass
class Scenario:
    path: str
    head: list
    needs: list
    timeout: float
    steps: list


def parse(path, text):
    lines = text.splitlines()
    position = 0
    head, options = [], {}
    while position < len(lines) and not lines[position].startswith(("$ ", "> ")):
        line = lines[position]
        name, colon, value = line.partition(":")
        if colon and name in HEADERS:
            options[name] = value.strip()
        elif line.strip() and not line.startswith("#"):
            raise ScenarioError(f"{path}:{position + 1}: before the first command stand only "
                                "'# text', 'needs:' and 'timeout:'")
        head.append(line)
        position += 1
    steps = []
    while position < len(lines):
        step, position = _step(path, lines, position)
        steps.append(step)
    if not any(step.command for step in steps):
        raise ScenarioError(f"{path}: has no command")
    needs = [part.strip() for part in options.get("needs", "").split(",") if part.strip()]
    return Scenario(path, head, needs, float(options.get("timeout", 60)), steps)


def _step(path, lines, position):
    line = lines[position]
    if line.startswith("$ "):
        step, position = _command(lines, position)
    elif match := re.fullmatch(r"> file (\S+)", line):
        try:
            end = lines.index("> end", position)
        except ValueError:
            raise ScenarioError(f"{path}:{position + 1}: '{line}' has no '> end'") from None
        text = "".join(f"{each}\n" for each in lines[position + 1:end])
        step, position = Step(position + 1, file=("file", match[1], text)), end + 1
    elif match := re.fullmatch(r"> copy (\S+)", line):
        step, position = Step(position + 1, file=("copy", match[1])), position + 1
    else:
        raise ScenarioError(f"{path}:{position + 1}: '{line}': after a file come only commands, "
                            "'> file NAME' and '> copy PATH'")
    while position < len(lines) and not lines[position].strip():
        step.gap += 1
        position += 1
    return step, position


def _command(lines, position):
    step = Step(position + 1, command=lines[position][2:])
    position += 1
    while position < len(lines) and not lines[position].startswith(("$ ", "> ")):
        line = lines[position]
        if match := re.fullmatch(r"\[exit (\d+)\]", line):
            step.exit = int(match[1])
        elif line == "[stderr]" or line.startswith("[stderr] "):
            step.stderr = (step.stderr or []) + [line[9:]]
        else:
            step.stdout.append(line)
        position += 1
    while step.stdout and not step.stdout[-1].strip():
        step.stdout.pop()
        step.gap += 1
    return step, position


def write(scenario):
    """The text of the scenario; parse(write(x)) is x."""
    lines = list(scenario.head)
    for step in scenario.steps:
        if step.command:
            lines += [f"$ {step.command}", *step.stdout]
            lines += [f"[stderr] {line}".rstrip() for line in step.stderr or []]
            lines += [f"[exit {step.exit}]"] if step.exit else []
        elif step.file[0] == "file":
            lines += [f"> file {step.file[1]}", *step.file[2].splitlines(), "> end"]
        else:
            lines.append(f"> copy {step.file[1]}")
        lines += [""] * step.gap
    return "".join(f"{line}\n" for line in lines)
