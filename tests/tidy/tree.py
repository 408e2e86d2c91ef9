"""The source tree as the rules see it: paths from the root, and their text."""

import os
import subprocess
from collections import namedtuple

# rule: a short word; text: what is wrong and what would be right.
Finding = namedtuple("Finding", "path line rule text")

BINARY = (".png", ".jpg", ".ico", ".pcap", ".woff2", ".y4m")
UNREAD = ("tests/fuzz/corpus/", "node_modules/")


class Tree:
    def __init__(self, files, unread=()):
        """files: path -> text; unread: paths of what is no text."""
        self.files = files
        self.all = set(files) | set(unread)

    def paths(self, *suffixes):
        return sorted(p for p in self.files if not suffixes or p.endswith(suffixes))

    def lines(self, path):
        return self.files[path].split("\n")

    def is_script(self, path):
        return self.files[path].startswith("#!") or path.endswith(".sh")

    def code(self):
        """What people write and others read as code."""
        suffixes = (".cc", ".h", ".def", ".py", ".js", ".mjs", ".css")
        return [p for p in self.paths() if p.endswith(suffixes) or self.is_script(p)]


def listed(root):
    """What git knows or would add; without git, everything that is not built."""
    git = subprocess.run(
        [
            "git",
            "-C",
            root,
            "-c",
            "safe.directory=*",
            "ls-files",
            "-co",
            "--exclude-standard",
            "-z",
        ],
        capture_output=True,
        check=False,
    )
    if git.returncode == 0:
        return [
            p
            for p in git.stdout.decode().split("\0")
            if p and os.path.isfile(os.path.join(root, p))
        ]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [
            f
            for f in folders
            if not f.startswith((".git", "build"))
            and f not in ("node_modules", "__pycache__", ".cache")
        ]
        found += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    return found


def read_tree(root):
    files, unread = {}, []
    for path in listed(root):
        if path.endswith(BINARY) or any(part in path for part in UNREAD):
            unread.append(path)
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            files[path] = file.read()
    return Tree(files, unread)


def is_below(path, folder):
    return path == folder or path.startswith(folder + "/")
