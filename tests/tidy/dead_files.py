"""dead-file: every source file is built, included, or named by something."""

import os
import re

from cpp_text import includes
from tree import Finding

# Read by people, or by tools that look for the name.
ENTRIES = re.compile(
    r"(^|/)(LICENSE|meson\.build|meson_options\.txt|package(-lock)?\.json)$"
    r"|(^|/)\.[^/]*|^conf/|^tools/(test|quickstart)$|\.md$"
)


def built(tree, path):
    """Is it named by a meson.build? A loop may put a name together: 'rtp' + '_fuzz.cc'."""
    for meson in tree.paths("meson.build"):
        folder, text = os.path.dirname(meson), tree.files[meson]
        for named in re.findall(r"'([\w./-]+\.\w+)'", text):
            if os.path.normpath(os.path.join(folder, named)) == path:
                return True
        for suffix in re.findall(r"\+ '([\w.]+)'", text):
            stem = os.path.relpath(path, folder or ".")[: -len(suffix)]
            if path.endswith(suffix) and f"'{stem}'" in text:
                return True
    return False


def check(tree):
    included = {
        header for path in tree.paths(".cc", ".h") for _, header in includes(tree.files[path])
    }
    included |= {
        os.path.normpath(os.path.join(os.path.dirname(path), header))
        for path in tree.paths(".cc", ".h")
        for _, header in includes(tree.files[path])
    }
    findings = []
    for path in tree.paths():
        base = os.path.basename(path)
        stem = base.split(".")[0]
        if ENTRIES.search(path):
            continue
        if path.endswith((".cc", ".proto")):
            alive = built(tree, path)
        elif path.endswith((".h", ".def")):
            alive = path in included
        else:
            mention = re.compile(
                rf"\b{re.escape(base)}\b|['\"]{re.escape(stem)}['\"]|\bimport {re.escape(stem)}\b"
                rf"|\bfrom {re.escape(stem)} import\b"
            )
            alive = any(mention.search(text) for other, text in tree.files.items() if other != path)
        if not alive:
            findings.append(
                Finding(path, 1, "dead-file", "nothing builds, includes or names it; remove it")
            )
    return findings
