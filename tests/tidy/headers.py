"""Compiles every header alone: headers.py BUILD_DIRECTORY. Exit code 1 when one does not.

The flags are those of a source that includes the header. What compiled is remembered with
everything it read, so that only what changed is compiled again.
"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

from cpp_text import includes
from tree import read_tree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
JOBS = min(2, os.cpu_count() or 1)


def commands(build):
    """Source (from the root) -> its compiler command without input and output."""
    found = {}
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            source = os.path.relpath(os.path.join(entry["directory"], entry["file"]), ROOT)
            words = shlex.split(entry["command"])
            flags, skip = [], False
            for word in words:
                if skip or word in ("-c", "-MD", "-o", "-MF", "-MQ"):
                    skip = not skip and word in ("-o", "-MF", "-MQ")
                elif word != entry["file"]:
                    flags.append(word)
            found.setdefault(source, flags)
    return found


def flags_of(header, users, known):
    """Breadth first through what includes it to the nearest built source; else a neighbour's."""
    wave, seen = [header], {header}
    while wave:
        sources = [path for path in wave if path in known]
        if sources:
            return known[
                min(sources, key=lambda s: (os.path.dirname(s) != os.path.dirname(header), s))
            ]
        wave = sorted({user for path in wave for user in users.get(path, ()) if user not in seen})
        seen.update(wave)
    folder = os.path.dirname(header)
    return next((known[s] for s in sorted(known) if os.path.dirname(s) == folder), None)


def compile_alone(build, header, flags):
    """(error text or None, the files it read)"""
    with tempfile.NamedTemporaryFile("r", suffix=".d") as depends:
        run = subprocess.run(
            [*flags, "-fsyntax-only", "-MD", "-MF", depends.name, "-MT", "x", "-x", "c++", "-"],
            input=f'#include "{header}"\n',
            cwd=build,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            return run.stderr, []
        words = depends.read().replace("\\\n", " ").split()[1:]
    paths = [os.path.normpath(os.path.join(build, w)) for w in words if w != "-"]
    return None, [p for p in paths if p.startswith((ROOT + os.sep, build + os.sep))]


def is_fresh(entry, flags):
    try:
        return entry.get("flags") == flags and all(
            os.stat(p).st_mtime_ns == t for p, t in entry["read"].items()
        )
    except OSError:
        return False


def main(arguments):
    build = os.path.abspath(arguments[0])
    cache_path = os.path.join(build, "tidy_headers.json")
    try:
        with open(cache_path, encoding="utf-8") as file:
            cache = json.load(file)
    except (OSError, ValueError):
        cache = {}
    tree, known = read_tree(ROOT), commands(build)
    users = {}
    for path in tree.paths(".cc", ".h"):
        for _, header in includes(tree.files[path]):
            users.setdefault(header, []).append(path)

    stale, bad = {}, 0
    for header in tree.paths(".h"):
        flags = flags_of(header, users, known)
        if flags is None:
            print(f"{header}:1: header: no source that is built uses it; build one, or remove it")
            bad += 1
        elif not is_fresh(cache.get(header, {}), flags):
            stale[header] = flags
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda h: compile_alone(build, h, stale[h]), stale)
        for header, (error, read) in zip(stale, results):
            if error is None:
                cache[header] = {
                    "flags": stale[header],
                    "read": {p: os.stat(p).st_mtime_ns for p in read},
                }
            else:
                print(f"{header}:1: header: does not compile alone; include what it uses\n{error}")
                bad += 1
    with open(cache_path, "w", encoding="utf-8") as file:
        json.dump(cache, file)
    print(
        f"{len(tree.paths('.h'))} headers, {len(stale)} compiled, {bad} bad; "
        f"again: python3 tests/tidy/headers.py {os.path.relpath(build)}"
    )
    return bad > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
