"""What the built programs are linked with: linkage.py BUILD_DIRECTORY. Exit code 1 on a finding."""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

# Library (a regular expression of its file) -> folders whose programs may be linked with it,
# directly or through others.
RULES = [
    (r"librte_.*", ["dataplane", "tools/loadgen", "perf", "tests"]),
    (
        r"libboost_.*|libssl\.so.*|libprometheus-.*",
        ["controlplane", "tools/loadgen", "perf", "tests"],
    ),
    (r"libsystemd.*", ["dataplane", "controlplane", "tests"]),
    (r"libyaml-cpp.*", ["dataplane", "controlplane", "tools", "perf", "tests"]),
]


def programs(build):
    with open(os.path.join(build, "meson-info", "intro-targets.json"), encoding="utf-8") as file:
        for target in json.load(file):
            if target["type"] == "executable" and os.path.exists(target["filename"][0]):
                yield os.path.relpath(os.path.dirname(target["defined_in"]), ROOT), target[
                    "filename"
                ][0]


def libraries(program):
    run = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return re.findall(r"^\s*(\S+) =>", run.stdout, re.MULTILINE)


def main(arguments):
    build = os.path.abspath(arguments[0])
    bad = count = 0
    for folder, program in programs(build):
        count += 1
        for pattern, folders in RULES:
            if any(folder == f or folder.startswith(f + "/") for f in folders):
                continue
            reached = [name for name in libraries(program) if re.fullmatch(pattern, name)]
            if reached:
                bad += 1
                print(
                    f"{folder}/meson.build:1: linkage: {os.path.basename(program)} links "
                    f"{', '.join(reached[:3])}; only programs of {', '.join(folders)} may"
                )
    again = f"python3 tests/tidy/linkage.py {os.path.relpath(build)}"
    print(f"{count} programs, {bad} bad; again: {again}")
    return bad > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
