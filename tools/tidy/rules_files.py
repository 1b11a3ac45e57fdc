"""Files as files: size, permissions, whitespace, scripts that parse, no paths of one machine."""
import os
import re
import subprocess

from finding import Finding

BLOB_BYTES = 256 * 1024
HOME = re.compile(r"(?<![\w.~-])/(?:home|Users)/[a-z]\w*/|(?<![\w.~-])/root/\w")
SHARED_FOLDERS = ("/", "/tmp", "/root", "/home", "/src", "/usr/src", "/opt", "/srv", "/mnt")


def large_blob(repository):
    """No file over 256 KiB: data comes by a loader."""
    for path in repository.paths:
        size = len(repository.bytes_of(path))
        if size > BLOB_BYTES:
            yield Finding(path, 1, "large_blob",
                          f"{size // 1024} KiB (at most {BLOB_BYTES // 1024}): write a loader")


def shell_syntax(repository):
    """Shell scripts parse, and stop at the first failure."""
    for path, interpreter in repository.scripts.items():
        if not re.search(r"\b(ba)?sh$", interpreter):
            continue
        text = repository.text(path)
        result = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True,
                                check=False)
        if result.returncode != 0:
            first = result.stderr.splitlines()[0]
            line = re.search(r"line (\d+)", first)
            yield Finding(path, int(line[1]) if line else 1, "shell_syntax", first)
        if "bash" in interpreter and "\nset -euo pipefail\n" not in text:
            yield Finding(path, 1, "shell_syntax", "set -euo pipefail")


def permissions(repository):
    """What begins with #! may be executed, and nothing else."""
    for path in repository.paths:
        executable = repository.is_executable(path)
        if executable and path not in repository.scripts:
            yield Finding(path, 1, "permissions", "executable, yet no script: chmod -x")
        elif not executable and path in repository.scripts:
            yield Finding(path, 1, "permissions", "begins with #!: chmod +x")


def whitespace(repository):
    """No trailing whitespace, no tabs, no carriage returns; a file ends with one line break."""
    for path in repository.text_paths:
        text = repository.text(path)
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield Finding(path, number, "whitespace", "trailing whitespace")
            elif "\t" in line and os.path.basename(path) != "Makefile":
                yield Finding(path, number, "whitespace", "a tab: indent with spaces")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield Finding(path, text.count("\n") + 1, "whitespace", "end with one line break")


def machine_paths(repository):
    """No paths of a developer's machine: a home, this checkout, the folder it stands in."""
    above = os.path.dirname(repository.root)
    own = [repository.root] + ([above] if above not in SHARED_FOLDERS else [])
    patterns = [HOME] + [re.compile(r"(?<![\w.~-])" + re.escape(folder) + r"/\w") for folder in own]
    for path in repository.text_paths:
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            for pattern in patterns:
                if match := pattern.search(line):
                    yield Finding(path, number, "machine_paths",
                                  f"'{match[0]}' is a path of one machine")
                    break
