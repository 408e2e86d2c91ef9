"""width, white, word, name, size: how every file looks."""

import re

from tree import Finding

WIDTH_MAX = 100
LINES_WARN, LINES_MAX, TEST_LINES_MAX = 400, 500, 600
# Spelled apart, so that this file passes its own rule.
UNFINISHED = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b"
)
NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
# Whose names others choose.
FOREIGN_NAMES = ("README.md", "ARCHITECTURE.md", "LICENSE", "package-lock.json")
FOREIGN_FOLDERS = ("conf/systemd/", "conf/man/")
# Generated, or data.
NO_LAYOUT = ("package-lock.json",)
# A list of counters, one per line with its help: a table, no prose.
WIDE = ("common/counters.def",)


def width(tree):
    return [
        Finding(path, number, "width", f"{len(line)} columns; at most {WIDTH_MAX}")
        for path in tree.code()
        if path not in WIDE
        for number, line in enumerate(tree.lines(path), 1)
        if len(line) > WIDTH_MAX
    ]


def white(tree):
    findings = []
    for path in tree.paths():
        if path.endswith(NO_LAYOUT):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if "\t" in line:
                findings.append(Finding(path, number, "white", "a tab; use spaces"))
            if line != line.rstrip():
                findings.append(Finding(path, number, "white", "space at the end of the line"))
        if tree.files[path] and not tree.files[path].endswith("\n"):
            findings.append(
                Finding(path, len(tree.lines(path)), "white", "no newline at the end of the file")
            )
    return findings


def word(tree):
    return [
        Finding(path, number, "word", f"{match.group()}: do it, or report it as an issue")
        for path in tree.paths()
        if not path.endswith(NO_LAYOUT)
        for number, line in enumerate(tree.lines(path), 1)
        for match in [UNFINISHED.search(line)]
        if match
    ]


def name(tree):
    findings = []
    for path in tree.paths():
        base = path.rsplit("/", 1)[-1]
        foreign = base in FOREIGN_NAMES or path.startswith(FOREIGN_FOLDERS)
        if foreign or base.startswith("."):
            continue
        if not NAME.fullmatch(base):
            findings.append(Finding(path, 1, "name", f"{base} is not snake_case"))
    return findings


def size(tree):
    findings = []
    for path in tree.code():
        lines = tree.files[path].count("\n")
        limit = TEST_LINES_MAX if path.startswith("tests/") else LINES_MAX
        if lines > limit:
            findings.append(
                Finding(path, lines, "size", f"{lines} lines; at most {limit}: split the design")
            )
    return findings


def long_files(tree):
    """Not findings yet: what is about to become one."""
    return [
        f"{path}: {tree.files[path].count(chr(10))} lines, getting long (over {LINES_WARN})"
        for path in tree.code()
        if LINES_WARN < tree.files[path].count("\n") <= LINES_MAX
    ]
