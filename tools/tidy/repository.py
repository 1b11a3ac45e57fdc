"""The project's own files: those that git tracks, and new ones that it does not ignore."""
import os
import subprocess
from functools import cached_property
from pathlib import Path

import cpp

CPP = (".h", ".cpp")
TEXT = CPP + (".py", ".sh", ".cmake", ".md", ".txt", ".ts", ".tsx", ".css", ".html", ".yaml",
              ".yml", ".json", ".S")
TEXT_NAMES = ("Makefile", "CMakeLists.txt", ".clang-format", ".clang-tidy", ".gitignore")


class Repository:
    """A set of paths and how to read them; tests make one from a dictionary."""

    def __init__(self, paths, read, is_executable, root="/nowhere/project"):
        self.paths = sorted(paths)
        self.root = root
        self.is_executable = is_executable
        self._read = read
        self._texts = {}
        self._sources = {}

    @staticmethod
    def of_checkout(root):
        paths = _git_paths(root)
        if paths is None:
            paths = _walked_paths(root)
        paths = [path for path in paths if (root / path).is_file()]
        return Repository(paths, lambda path: (root / path).read_bytes(),
                          lambda path: os.access(root / path, os.X_OK), str(root))

    @staticmethod
    def of_files(files, executable=()):
        return Repository(files, lambda path: files[path].encode(), lambda path: path in executable)

    def bytes_of(self, path):
        return self._read(path)

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = self._read(path).decode("utf-8", errors="replace")
        return self._texts[path]

    def source(self, path):
        """The C++ file, its comments and strings set apart (cpp.Source)."""
        if path not in self._sources:
            self._sources[path] = cpp.Source(self.text(path))
        return self._sources[path]

    @cached_property
    def cpp_paths(self):
        return [path for path in self.paths if path.endswith(CPP)]

    @cached_property
    def headers(self):
        return [path for path in self.paths if path.endswith(".h")]

    @cached_property
    def scripts(self):
        """{path: interpreter} of files that begin with #!"""
        found = {}
        for path in self.paths:
            name = os.path.basename(path)
            if "." not in name.lstrip(".") or path.endswith((".py", ".sh")):
                if self.text(path).startswith("#!"):
                    found[path] = self.text(path).split("\n", 1)[0]
        return found

    @cached_property
    def text_paths(self):
        """Files that people write and read; not data, not expected output."""
        return [path for path in self.paths
                if path.endswith(TEXT) or os.path.basename(path) in TEXT_NAMES
                or path in self.scripts]


def _git_paths(root):
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
    try:
        result = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [os.fsdecode(path) for path in result.stdout.split(b"\0") if path]


def _walked_paths(root):
    """For an unpacked archive, where there is no git: everything but what a build makes."""
    return [str(path.relative_to(root)) for path in Path(root).rglob("*")
            if not {"build", ".git", "__pycache__", "node_modules"} & set(path.parts)]
