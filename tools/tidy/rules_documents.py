"""Links that lead somewhere."""
import os
import re

from finding import Finding

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
# In comments of code, from the top or from the file: `See: docs/methodology.md#meters`.
REFERENCE = re.compile(r"(?<![\w/.-])([\w./-]+\.md)(#[\w-]+)?")


def _blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def anchors(text):
    """The names that a page gives its headings: lower case, spaces as hyphens, no punctuation."""
    found, seen = set(), {}
    for heading in HEADING.findall(FENCE.sub(_blank, text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def _targets(repository, path):
    """(line, target) of every link of a document and every reference of a comment."""
    text = repository.text(path)
    if path.endswith(".md"):
        bare = re.sub(r"`[^`\n]*`", _blank, FENCE.sub(_blank, text))
        for match in LINK.finditer(bare):
            yield bare.count("\n", 0, match.start()) + 1, match[1]
    else:
        for line, comment in repository.source(path).comments:
            for match in REFERENCE.finditer(comment):
                beside = os.path.normpath(os.path.join(os.path.dirname(path), match[1]))
                up = "" if beside in repository.paths else "../" * path.count("/")
                yield line, f"{up}{match[1]}{match[2] or ''}"


def links(repository):
    """Links between files lead to a file, and to a heading of it."""
    folders = {os.path.dirname(path) for path in repository.paths}
    folders |= {os.path.dirname(folder) for folder in folders}
    for path in repository.text_paths:
        if not path.endswith((".md", ".h", ".cpp")):
            continue
        for line, target in _targets(repository, path):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            goal = path if not name else os.path.normpath(
                os.path.join(os.path.dirname(path), name))
            if goal not in repository.paths and goal.rstrip("/") not in folders:
                yield Finding(path, line, "links", f"'{target}' leads to no file of the project")
            elif anchor and goal.endswith(".md") and anchor not in anchors(repository.text(goal)):
                yield Finding(path, line, "links", f"{goal} has no heading '#{anchor}'")
