"""Sums up the logs of `meson test`, one per suite: test_report.py SUITE=FILE...

Prints how each failed test ended, then a line per suite, what did not pass, and last
"N passed, N failed[, N skipped]".
"""

import json
import os
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
ENDING_LINES = 15
LINE_CHARACTERS = 300
REASON_CHARACTERS = 1200
# An exception of Node's or Python's, an assertion of GoogleTest's, a line of our own.
SAYS_WHY = re.compile(r"^[\w.]*(Error|Exception)\b|: Failure$|^(SKIP|error|FAIL)\b")


def results_of(path):
    """The logged tests: dicts with name, result, duration (seconds) and what they printed; a log
    that cannot be read is a failure."""
    results = []
    try:
        with open(path, encoding="utf-8") as log:
            for line in log:
                test = json.loads(line)
                results.append({"name": test["name"], "result": test["result"],
                                "duration": test["duration"],
                                "printed": test.get("stdout", "") + test.get("stderr", "")})
    except (OSError, ValueError, KeyError) as error:
        results.append({"name": f"log {path}: {error}", "result": "ERROR", "duration": 0.0,
                        "printed": ""})
    return results


def reason(test):
    """What it says last of what went wrong, or nothing."""
    lines = [line.strip() for line in test["printed"].splitlines()]
    said = [at for at, line in enumerate(lines) if SAYS_WHY.search(line)]
    if not said:
        return ""
    # GoogleTest says only where in that line.
    end = said[-1] + (4 if lines[said[-1]].endswith(": Failure") else 1)
    return f": {' '.join(lines[said[-1]:end])[:REASON_CHARACTERS]}"


def print_ending(suite, test):
    lines = test["printed"].strip().splitlines()[-ENDING_LINES:]
    print(f"---- {suite} / {test['name']}: {test['result']}; its last lines:")
    print("\n".join(line[:LINE_CHARACTERS] for line in lines))


def main(arguments):
    passed, failed, skipped = 0, 0, 0
    summary, unusual = [], []
    for argument in arguments:
        suite, _, path = argument.partition("=")
        results = results_of(path)
        good = [test for test in results if test["result"] in PASSED]
        skips = [test for test in results if test["result"] == "SKIP"]
        bad = [test for test in results if test not in good and test not in skips]
        seconds = sum(test["duration"] for test in results)
        summary.append(f"suite {suite}: {len(good)} passed, {len(bad)} failed, "
                       f"{len(skips)} skipped in {seconds:.0f} s")
        for test in bad:
            print_ending(suite, test)
        unusual += [f"{test['result']}: {suite} / {test['name']}{reason(test)}"
                    for test in bad + skips]
        passed, failed, skipped = passed + len(good), failed + len(bad), skipped + len(skips)
    print("\n".join(summary + unusual))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0 or (skipped > 0 and os.environ.get("CI") == "true")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
