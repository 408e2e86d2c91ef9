"""Sums up the logs of `meson test`, one per suite: test_report.py SUITE=FILE...

Prints a line per suite, what did not pass, and last "N passed, N failed[, N skipped]".
"""

import json
import os
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


def results_of(path):
    """The (name, result, seconds) of every test; a log that cannot be read is a failure."""
    results = []
    try:
        with open(path, encoding="utf-8") as log:
            for line in log:
                test = json.loads(line)
                results.append((test["name"], test["result"], test["duration"]))
    except (OSError, ValueError, KeyError) as error:
        results.append((f"log {path}: {error}", "ERROR", 0.0))
    return results


def main(arguments):
    passed, failed, skipped = 0, 0, 0
    unusual = []
    for argument in arguments:
        suite, _, path = argument.partition("=")
        results = results_of(path)
        good = sum(result in PASSED for _, result, _ in results)
        skips = sum(result == "SKIP" for _, result, _ in results)
        bad = len(results) - good - skips
        seconds = sum(duration for _, _, duration in results)
        print(f"suite {suite}: {good} passed, {bad} failed, {skips} skipped in {seconds:.0f} s")
        unusual += [(result, suite, name) for name, result, _ in results if result not in PASSED]
        passed, failed, skipped = passed + good, failed + bad, skipped + skips
    for result, suite, name in unusual:
        print(f"{result}: {suite} / {name}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0 or (skipped > 0 and os.environ.get("CI") == "true")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
