"""include: only what the table of include_rules.py allows."""

import re

import include_rules as table
from cpp_text import includes
from tree import Finding, is_below

# Folders whose headers are named from the root of the tree.
OWN = ("common", "dataplane", "controlplane", "tools", "perf", "tests")


def room_of(path):
    rooms = [room for room in table.ROOMS if is_below(path, room)]
    return max(rooms, key=len) if rooms else None


def check_own(path, header):
    room = room_of(path)
    allowed = table.ROOMS.get(room, []) + [room]
    if not any(is_below(header, a) for a in allowed if a):
        return f"{room} may not use {header}; it may use {', '.join(allowed)}"
    return None


def check_library(path, header):
    for pattern, rooms in table.LIBRARIES:
        if re.fullmatch(pattern, header):
            if not any(is_below(path, room) for room in rooms):
                return f"<{header}> belongs in {', '.join(rooms)}"
            break
    is_stage = (
        is_below(path, "dataplane")
        and not is_below(path, "dataplane/port")
        and path not in table.STAGE_SETUP
    )
    if is_stage and header.startswith("rte_") and header not in table.STAGE_HEADERS:
        return f"<{header}> belongs in dataplane/port; stages use {', '.join(table.STAGE_HEADERS)}"
    return None


def check(tree):
    findings = []
    for path in tree.paths(".cc", ".h"):
        for line, header in includes(tree.files[path]):
            if header.endswith(table.GENERATED_SUFFIX):
                header = table.GENERATED_ROOM + "/" + header
            wrong = (
                check_own if header.startswith(tuple(o + "/" for o in OWN)) else check_library
            )(path, header)
            if wrong:
                findings.append(Finding(path, line, "include", wrong))
    return findings
