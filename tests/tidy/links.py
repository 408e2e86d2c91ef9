"""link: what a page of documentation points to in the tree is there."""

import os
import re

from tree import Finding

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# `dataplane/rx.cc`: a path of the tree with a known ending.
QUOTED = re.compile(r"`((?:common|dataplane|controlplane|conf|tools|tests|perf)/[\w./-]+\.\w+)`")


def exists(tree, path, target):
    beside = os.path.normpath(os.path.join(os.path.dirname(path), target))
    return any(
        known == t or known.startswith(t + "/")
        for t in (beside, target.rstrip("/"))
        for known in tree.all
    )


def check(tree):
    findings = []
    for path in tree.paths(".md"):
        for number, line in enumerate(tree.lines(path), 1):
            targets = [
                t
                for t in LINK.findall(line)
                if "://" not in t and not t.startswith(("mailto:", "/"))
            ]
            for target in targets + QUOTED.findall(line):
                if not exists(tree, path, target):
                    findings.append(Finding(path, number, "link", f"{target} is not in the tree"))
    return findings
