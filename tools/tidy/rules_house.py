"""The house: headers are manuals, sources are built, modules introduce themselves."""
import os
import re

from finding import Finding

LABELS = ("Units:", "Errors:", "Threads:", "Lifetime:")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
SUBDIRECTORY = re.compile(r"^\s*add_subdirectory\((\S+?)\)", re.MULTILINE)
BUILDS = re.compile(r"\b(wattle_module|wattle_program|add_library|add_executable|wattle_fuzz)\(")


def header_template(repository):
    """A header opens with what it is, its Units, Errors, Threads and Lifetime, and #pragma once."""
    for path in repository.headers:
        text = repository.text(path)
        opening = re.match(r"(//[^\n]*\n)+", text)
        block = opening[0] if opening else ""
        missing = [label for label in LABELS if label not in block]
        if not block:
            yield Finding(path, 1, "header_template", "open with a comment that says what it is")
        elif missing:
            yield Finding(path, 1, "header_template",
                          f"the opening comment lacks {', '.join(missing)} (say 'none' if so)")
        if not text[len(block):].startswith("#pragma once\n"):
            yield Finding(path, block.count("\n") + 1, "header_template",
                          "#pragma once follows the opening comment")


def include_path(repository):
    """An include of ours is "wattle/<module>/<header>" or a neighbour: no way round the views."""
    for path in repository.cpp_paths:
        source = repository.source(path)
        folder = os.path.dirname(path)
        for match in INCLUDE.finditer(source.text):
            name = match[1]
            neighbour = "/" not in name and f"{folder}/{name}" in repository.paths
            if ".." in name or not (neighbour or re.fullmatch(r"wattle/\w+/\w+\.h", name)):
                yield Finding(path, source.line_of(match.start()), "include_path",
                              f'"{name}": write "wattle/<module>/<header>" and declare the module')


def _built_folders(repository):
    """{folder: text of its CMakeLists.txt} of all that the top one reaches."""
    reached, waiting = {}, [""]
    while waiting:
        folder = waiting.pop()
        path = f"{folder}/CMakeLists.txt".lstrip("/")
        if folder not in reached and path in repository.paths:
            reached[folder] = re.sub(r"#.*", "", repository.text(path))
            waiting += [f"{folder}/{name}".lstrip("/")
                        for name in SUBDIRECTORY.findall(reached[folder])]
    return reached


def belongs(repository):
    """Every .cpp is built: a CMakeLists.txt of its folder, or one above that names FOLDER/."""
    built = _built_folders(repository)
    for path in repository.cpp_paths:
        if not path.endswith(".cpp") or not path.startswith(("src/", "tests/")):
            continue
        folder = os.path.dirname(path)
        if folder in built and BUILDS.search(built[folder]):
            continue
        above = [upper for upper in built if folder.startswith(upper + "/")
                 and re.search(rf"(?<![\w/]){re.escape(folder[len(upper) + 1:])}/", built[upper])]
        if not above:
            yield Finding(path, 1, "belongs", "no CMakeLists.txt that is reached from the top one "
                                              "builds this folder")


def dead_header(repository):
    """Every header is included by somebody."""
    included = set()
    for path in repository.cpp_paths:
        folder = os.path.dirname(path)
        for name in INCLUDE.findall(repository.text(path)):
            included.add(f"src/{name}")
            included.add(f"tests/{name.removeprefix('wattle/')}")
            included.add(f"{folder}/{name}")
    for path in repository.headers:
        if path not in included:
            yield Finding(path, 1, "dead_header", "nobody includes it: remove it")


def module_readme(repository):
    """A module's folder has a README.md of about ten lines."""
    for path in repository.paths:
        folder = os.path.dirname(path)
        if (os.path.basename(path) == "CMakeLists.txt" and folder.startswith("src/")
                and re.search(r"^wattle_(module|program)\(", repository.text(path), re.MULTILINE)
                and f"{folder}/README.md" not in repository.paths):
            yield Finding(path, 1, "module_readme", f"write {folder}/README.md: what it is, its "
                          "main types, what it names, what it never does")
