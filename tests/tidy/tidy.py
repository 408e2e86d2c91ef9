"""Checks the rules of the tree that need no compiler: tidy.py [ROOT]. Exit code 1 on findings."""

import os
import sys

import counters
import dead_files
import hot_path
import includes
import links
import text_rules
from tree import read_tree

RULES = [
    includes.check,
    hot_path.check,
    counters.check,
    dead_files.check,
    links.check,
    text_rules.width,
    text_rules.white,
    text_rules.word,
    text_rules.name,
    text_rules.size,
]


def main(arguments):
    root = os.path.abspath(
        arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..", "..")
    )
    tree = read_tree(root)
    findings = sorted(finding for rule in RULES for finding in rule(tree))
    for path, line, rule, text in findings:
        print(f"{path}:{line}: {rule}: {text}")
    for warning in text_rules.long_files(tree):
        print(f"note: {warning}")
    print(f"{len(findings)} findings in {len(tree.files)} files; again: python3 tests/tidy/tidy.py")
    return len(findings) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
