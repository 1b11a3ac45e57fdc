"""Does an output match what was expected? And the expectation that an output would match."""
import re


def _line_pattern(line):
    if line.startswith("\\"):
        line = line[1:]
    return ".*".join(re.escape(part) for part in line.split("[..]"))


def line_matches(expected, actual):
    return re.fullmatch(_line_pattern(expected), actual) is not None


def matches(expected, actual):
    """Lists of lines; `...` stands for any number of lines, `[..]` for any text within one."""
    reachable = {0}  # numbers of actual lines that the expectation so far can have used up
    for line in expected:
        if line == "...":
            reachable = set(range(min(reachable, default=len(actual) + 1), len(actual) + 1))
        else:
            reachable = {used + 1 for used in reachable
                         if used < len(actual) and line_matches(line, actual[used])}
    return len(actual) in reachable


def lines_of(output):
    """The lines of an output, without empty ones at its end."""
    return output.rstrip().split("\n") if output.strip() else []


def expectation(old, actual, folder):
    """Lines that match `actual`: `old` if it does, else `actual` with patterns of `old` kept."""
    if matches(old, actual):
        return old
    patterned = [line for line in old if "[..]" in line]
    return [next((line for line in patterned if line_matches(line, each)), _escape(each, folder))
            for each in actual]


def _escape(line, folder):
    line = line.replace(folder, "[..]")
    special = line == "..." or line.startswith(("$ ", "> ", "\\", "[exit ", "[stderr]"))
    return "\\" + line if special else line
