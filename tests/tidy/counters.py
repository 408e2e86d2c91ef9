"""counter: every one listed has its own name, a help text, and something that counts it."""

import re

from cpp_text import without_comments
from tree import Finding

LIST = "common/counters.def"
ENTRY = re.compile(r"^SLUICE_COUNTER\((\w+),\s*(\w+),\s*(\w+),\s*\"([^\"]*)\"\)")


def check(tree):
    findings = []
    code = "\n".join(
        without_comments(tree.files[p])
        for p in tree.paths(".cc", ".h")
        if p.startswith("dataplane/")
    )
    seen, helps = {}, {}
    for number, line in enumerate(tree.lines(LIST), 1):
        if not line.startswith("SLUICE_COUNTER("):
            continue
        match = ENTRY.match(line)
        if not match:
            findings.append(
                Finding(LIST, number, "counter", 'write SLUICE_COUNTER(name, group, unit, "help")')
            )
            continue
        counter, _, _, text = match.groups()
        if counter in seen:
            findings.append(
                Finding(LIST, number, "counter", f"{counter} stands in line {seen[counter]} too")
            )
        seen[counter] = number
        if not text.strip():
            findings.append(Finding(LIST, number, "counter", f"{counter} has no help text"))
        elif text in helps:
            findings.append(
                Finding(LIST, number, "counter", f"{counter} has the help text of {helps[text]}")
            )
        helps[text] = counter
        if not re.search(rf"\b{counter}\b", code):
            findings.append(
                Finding(LIST, number, "counter", f"{counter} is counted nowhere in dataplane/")
            )
    return findings
