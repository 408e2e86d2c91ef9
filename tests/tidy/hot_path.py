"""hot-path: what a packet must not meet: heap, locks, text, clocks and the like."""

import re

from cpp_text import without_comments
from include_rules import STAGE_SETUP
from tree import Finding

# What the packet path is made of: a file, or a folder and all below it.
HOT = [
    "dataplane",
    "common/wire",
    "common/srtp",
    "common/shm/ring.h",
    "common/shm/versioned.h",
    "common/shm/slot.h",
    "common/shm/live_record.h",
    "common/shm/validate.cc",
    "common/shm/worker_state.h",
    "common/shm/counters.h",
]

# Setup and slow paths inside those folders -> why they may.
SETUP = {
    **{path: "runs before the workers" for path in STAGE_SETUP},
    "dataplane/port": "ports are made before the workers; their burst path stands below",
    "common/srtp/portable.cc": "the engine where speed is not asked for; libsrtp has its own heap",
    "common/srtp/portable.h": "the same",
}
# Hot all the same, inside a folder that is not.
HOT_IN_SETUP = [
    "dataplane/port/frame.cc",
    "dataplane/port/frame_mbuf.h",
    "dataplane/port/next_hop_table.h",
]

BANNED = {
    "heap": r"\bnew\b(?!\s*[(>])|\b(malloc|calloc|realloc|aligned_alloc|strdup)\s*\("
    r"|\bmake_(unique|shared)\b",
    "shared_ptr": r"\bshared_ptr\b|\bweak_ptr\b",
    "text": r"\bstd::string\b(?!_view)|\bto_string\b|\bstd::format\b|\b\w*printf\s*\("
    r"|\b[io]?stringstream\b",
    "stream": r"#\s*include\s*<(iostream|fstream|sstream|ostream)>|\bstd::c(out|err|log)\b",
    "function": r"\bstd::(function|any)\b",
    "node container": r"\bstd::(unordered_)?(multi)?(map|set)\b|\bstd::(list|deque)\b",
    "lock": r"\bstd::(recursive_|shared_)?(timed_)?mutex\b"
    r"|\b(lock_guard|unique_lock|scoped_lock|condition_variable)\b",
    "exception": r"\bthrow\b|\btry\b|\bcatch\s*\(",
    "virtual call": r"\bvirtual\b|\bdynamic_cast\b",
    "log": r"\b(rte_log|RTE_LOG|syslog|spdlog)\b|\blog::\w+\s*\(|\"common/log/",
    "clock": r"\b(clock_gettime|gettimeofday)\b|\b(steady|system|high_resolution)_clock\b"
    r"|\brte_(rdtsc|get_tsc_cycles|get_timer_cycles)\b",
}

# (file, rule) -> why: each names what runs before the first packet, or never with one in hand.
ALLOWED = {
    ("common/srtp/engine.cc", "heap"): "create(): once per worker",
    ("common/srtp/multi_buffer.cc", "heap"): "create(): once per worker",
    ("common/srtp/multi_buffer.cc", "text"): "the engine's description, made by create()",
    ("common/srtp/multi_buffer.h", "text"): "the engine's description, made by create()",
    ("dataplane/fan_out.cc", "heap"): "the constructor: once per worker",
    ("dataplane/homes.h", "heap"): "the constructor: once per node",
    ("dataplane/links.h", "heap"): "the constructor: once per node",
    ("dataplane/track_log.cc", "heap"): "the pool's constructor: once per worker",
    ("dataplane/stage_clock.h", "clock"): "the stage counters; no decision about a packet reads it",
    ("dataplane/worker.cc", "heap"): "create(): once per worker",
    (
        "dataplane/worker.cc",
        "clock",
    ): "the one look at the clock per loop that everything else is given",
}


def is_hot(path):
    inside = lambda entries: any(path == e or path.startswith(e + "/") for e in entries)
    return path in HOT_IN_SETUP or (inside(HOT) and not inside(SETUP))


def check(tree):
    findings = []
    for path in tree.paths(".cc", ".h"):
        if not is_hot(path):
            continue
        for number, line in enumerate(without_comments(tree.files[path]).split("\n"), 1):
            for rule, pattern in BANNED.items():
                match = re.search(pattern, line)
                if match and (path, rule) not in ALLOWED:
                    token = match.group().strip()
                    text = f"{token}: no {rule} on the packet path (setup: tests/tidy/hot_path.py)"
                    findings.append(Finding(path, number, "hot-path", text))
    return findings
