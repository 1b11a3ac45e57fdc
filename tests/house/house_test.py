#!/usr/bin/env python3
"""Does the house refuse what it must? house_test.py CMAKE COMPILER CASE

Each case is a tiny project of two or three modules that uses the real cmake/WattleModule.cmake: it
says at which step the project must stop, and what the user must read.
"""
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOP = f"""cmake_minimum_required(VERSION 3.25)
project(tiny CXX)
list(APPEND CMAKE_MODULE_PATH {REPOSITORY / "cmake"})
include(WattleToolchain)
include(WattleModule)
"""
LOW = {
    "low/low.h": "int low();\n",
    "low/low.cpp": '#include "wattle/low/low.h"\nint low() { return 1; }\n',
}
MIDDLE = {
    "middle/middle.h": '#include "wattle/low/low.h"\nint middle();\n',
    "middle/middle.cpp": '#include "wattle/middle/middle.h"\nint middle() { return low(); }\n',
}
HIGH_INCLUDES_LOW = {
    "high/high.cpp": '#include "wattle/low/low.h"\nint high();\nint high() { return low(); }\n'}


@dataclass
class Case:
    modules: dict  # folder: arguments of wattle_module
    files: dict
    stops_at: str  # "configure", "build" or "" (nowhere)
    says: tuple = ()


CASES = {
    "legal_build": Case(
        {"low": "FLOOR 0", "high": "FLOOR 1 DEPENDS low"}, LOW | HIGH_INCLUDES_LOW, ""),
    "undeclared_include": Case(
        {"low": "FLOOR 0", "high": "FLOOR 1"}, LOW | HIGH_INCLUDES_LOW,
        "build", ("high.cpp", "wattle/low/low.h: No such file or directory")),
    # A dependency of a dependency is linked, yet its headers stay out of sight.
    "undeclared_through_dependency": Case(
        {"low": "FLOOR 0", "middle": "FLOOR 1 DEPENDS low", "high": "FLOOR 2 DEPENDS middle"},
        LOW | MIDDLE | HIGH_INCLUDES_LOW,
        "build", ("high.cpp", "wattle/low/low.h: No such file or directory")),
    "upward_dependency": Case(
        {"high": "FLOOR 2", "low": "FLOOR 1 DEPENDS high"}, LOW | HIGH_INCLUDES_LOW,
        "configure", ("module 'low' (floor 1) may not depend on 'high' (floor 2)",
                      "only strictly lower floors", "ARCHITECTURE.md")),
    "peer_dependency": Case(
        {"low": "FLOOR 1", "high": "FLOOR 1 DEPENDS low"}, LOW | HIGH_INCLUDES_LOW,
        "configure", ("module 'high' (floor 1) may not depend on 'low' (floor 1)",)),
    "unknown_module": Case(
        {"low": "FLOOR 0", "high": "FLOOR 1 DEPENDS lwo"}, LOW | HIGH_INCLUDES_LOW,
        "configure", ("module 'high' depends on 'lwo', which is no module on a lower floor",)),
}


def write(root, case):
    files = dict(case.files)
    files["CMakeLists.txt"] = TOP + "".join(f"add_subdirectory({name})\n" for name in case.modules)
    for name, arguments in case.modules.items():
        files[f"{name}/CMakeLists.txt"] = f"wattle_module({name} {arguments})\n"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def steps(root, cmake, compiler):
    """(name, exit status, words) of each step until one fails; line breaks are undone."""
    commands = {
        "configure": [cmake, "-G", "Ninja", "-S", root, "-B", root / "build",
                      f"-DCMAKE_CXX_COMPILER={compiler}", "-DWATTLE_TESTS=OFF"],
        "build": [cmake, "--build", root / "build"],
    }
    for name, command in commands.items():
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        yield name, result.returncode, " ".join((result.stdout + result.stderr).split())
        if result.returncode != 0:
            return


def main():
    _, cmake, compiler, name = sys.argv
    case = CASES[name]
    with tempfile.TemporaryDirectory(prefix="wattle-house-") as folder:
        write(Path(folder), case)
        step, status, words = list(steps(Path(folder), cmake, compiler))[-1]
    stopped_at = step if status != 0 else ""
    if stopped_at != case.stops_at:
        sys.exit(f"{name}: stopped at '{stopped_at}', and should at '{case.stops_at}':\n{words}")
    for phrase in case.says:
        if phrase not in words:
            sys.exit(f"{name}: does not say '{phrase}' but:\n{words}")


if __name__ == "__main__":
    main()
