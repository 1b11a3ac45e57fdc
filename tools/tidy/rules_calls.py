"""What may not be written, and what to write instead."""
import re

from finding import Finding

# (name, what may not stand in code, what to do). Comments and strings are no code.
BANNED = [
    ("console", r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(std::)?(printf|puts)\s*\(",
     "write to the output that was passed in, or to the Log"),
    ("random", r"(?<![\w.>])(std::)?s?rand\s*\(|\bstd::(random_device|mt19937\w*)\b",
     "draw from the Rng that was passed in (wattle/base/rng.h)"),
    ("process", r"(?<![\w.>])(std::)?(system|popen)\s*\(",
     "start it through Subprocess (wattle/base/subprocess.h)"),
    ("sleep", r"\bsleep_(for|until)\b|(?<![\w.>:])(u|nano)?sleep\s*\(",
     "wait for the event, or for a timer of the Clock"),
    ("wall clock", r"\b(system_clock|high_resolution_clock)::now\b|(?<![\w.>])gettimeofday\s*\("
     r"|(?<![\w.>])(std::)?time\s*\(\s*(nullptr|NULL|0)\s*\)",
     "ask the Clock that was passed in (wattle/base/time.h)"),
    ("namespace", r"\busing\s+namespace\b", "name what is used: using std::chrono::seconds"),
    ("delete", r"\bdelete\b(?<!= delete)(?<!operator delete)",
     "let a std::unique_ptr or a container own it"),
    ("unbounded", r"(?<![\w.>])(std::)?(sprintf|vsprintf|strcpy|strcat|gets|strtok)\s*\(",
     "use std::string, concat() or fmt::format"),
    ("number", r"(?<![\w.>])(std::)?(atoi|atol|atof)\s*\(",
     "use parse_number or parse_integer (wattle/base/text.h): they refuse what is no number"),
]
BANNED = [(name, re.compile(pattern), instead) for name, pattern, instead in BANNED]
# Where the injected thing comes from: a program hands its output down, a benchmark prints JSON.
HOME_OF = {"console": ("/main.cpp", "_bench.cpp"), "wall clock": "src/wattle/base/time.cpp"}
NEW = re.compile(r"\bnew\b(?<!operator new)")
OWNED = re.compile(r"(unique_ptr\s*<[^;]*>\s*\w*|\breset)\s*[({]\s*$")
# Factors of formulas are plain by nature: kJoulesPerKwh.
BARE_UNIT = re.compile(r"\b(double|float)[\s&*]+((?!k[A-Z])\w*(?:joules|watts|grams)\w*)",
                       re.IGNORECASE)
UNFINISHED = [
    (re.compile(r"\b(FIXM" r"E|XX" r"X|HAC" r"K)\b"), "finish it, or open an issue"),
    (re.compile(r"\bTOD" r"O\b(?!\(#\d+\))"), "name the issue: TOD" "O(#12)"),
]


def banned(repository):
    """Calls that hide an effect or a danger; each finding names the replacement."""
    for path in repository.cpp_paths:
        source = repository.source(path)
        for name, pattern, instead in BANNED:
            if path.endswith(HOME_OF.get(name, "/nowhere")):
                continue
            for match in pattern.finditer(source.bare):
                yield Finding(path, source.line_of(match.start()), "banned",
                              f"{name}: '{match[0].strip()}': {instead}")
        for match in NEW.finditer(source.bare):
            # A private constructor leaves a factory no other way; the pointer is owned at once.
            if not OWNED.search(source.bare[max(0, match.start() - 120):match.start()]):
                yield Finding(path, source.line_of(match.start()), "banned",
                              "new: use std::make_unique or a container")


def bare_units(repository):
    """Joules, watts and grams are types of units.h, not plain numbers."""
    for path in repository.cpp_paths:
        source = repository.source(path)
        for match in BARE_UNIT.finditer(source.bare):
            yield Finding(path, source.line_of(match.start()), "bare_units",
                          f"'{match[1]} {match[2]}': use Joules, Watts or GramsCo2e "
                          "(wattle/base/units.h); plain numbers only where JSON or SQL begins")


def unfinished(repository):
    """No marks of unfinished work without the number of an issue."""
    for path in repository.text_paths:
        if path.endswith(".md"):
            continue
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            for pattern, instead in UNFINISHED:
                if match := pattern.search(line):
                    yield Finding(path, number, "unfinished", f"'{match[0]}': {instead}")
