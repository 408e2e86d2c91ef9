"""Is all C++ laid out as .clang-format says? Exit code 1 when not, 77 without clang-format."""

import os
import shutil
import subprocess
import sys

from tree import read_tree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
FILES_PER_RUN = 50


def main():
    if shutil.which("clang-format") is None:
        print("SKIP: no clang-format on this machine (apt-get install clang-format)")
        return 77
    paths = read_tree(ROOT).paths(".cc", ".h")
    bad = False
    for i in range(0, len(paths), FILES_PER_RUN):
        run = subprocess.run(
            [
                "clang-format",
                "--dry-run",
                "-Werror",
                "--ferror-limit=1",
                *paths[i : i + FILES_PER_RUN],
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for line in run.stderr.splitlines():
            if "error:" in line:
                print(
                    line.replace(
                        "code should be clang-formatted", "layout: run clang-format -i on it"
                    )
                )
        bad = bad or run.returncode != 0
    print(f"{len(paths)} files; again: python3 tests/tidy/layout.py")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
