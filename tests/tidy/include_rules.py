"""Who may include whom: the one table. Where a folder lies in another, the longer path counts."""

# Folder -> the folders (or files) whose headers it may use, besides its own.
ROOMS = {
    "common/base": [],
    "common/wire": ["common/base"],
    "common/log": [],
    "common/proto": ["common/base", "common/wire"],
    "common/srtp": ["common/base", "common/wire"],
    "common/shm": ["common/base", "common/counters.def"],
    "common/config": ["common/base", "common/shm"],
    "common/schema": [],
    "common/service": ["common/base"],
    "dataplane/port": [
        "common/base",
        "common/wire",
        "common/shm",
        "common/log",
        "common/config",
        "dataplane",
    ],
    "dataplane": [
        "common/base",
        "common/wire",
        "common/proto",
        "common/shm",
        "common/srtp",
        "common/log",
        "common/config",
        "common/service",
    ],
    # The conference side runs on other machines one day: it knows the agent only by common/schema.
    "controlplane/conference": ["common/base", "common/schema", "controlplane/signaling"],
    "controlplane/agent": [
        "common/base",
        "common/wire",
        "common/proto",
        "common/shm",
        "common/config",
        "common/log",
        "common/schema",
        "controlplane/journal",
    ],
    "controlplane/journal": [
        "common/base",
        "common/wire",
        "common/log",
        "common/schema",
    ],
    # A process beside the control plane that carries media: it knows nobody.
    "controlplane/ice_tcp": [
        "common/base",
        "common/wire",
        "common/log",
        "common/config",
        "controlplane/asio_address.h",
        "controlplane/metrics",
        "controlplane/privileges.h",
        "controlplane/service_watch.h",
    ],
    "controlplane": ["common"],
    "tools/sluicectl": [
        "common/base",
        "common/wire",
        "common/shm",
        "common/config",
        "common/schema",
    ],
    "tools/loadgen": ["common"],
    "perf": ["common", "dataplane", "tests/rig"],
    "tests": ["common", "dataplane", "controlplane", "tools", "perf"],
}

# Headers of the protocol buffers are generated beside no source; they count as this folder's.
GENERATED_SUFFIX, GENERATED_ROOM = ".pb.h", "common/schema"

# Headers of libraries (a regular expression) -> the folders that may use them.
LIBRARIES = [
    (r"rte_\w+\.h", ["dataplane", "tools/loadgen", "perf", "tests"]),
    (r"intel-ipsec-mb\.h|srtp2/.*", ["common/srtp", "tools/loadgen", "perf", "tests"]),
    (r"openssl/ssl\.h|openssl/bio\.h", ["controlplane", "tools", "perf", "tests"]),
    (r"openssl/.*", ["common/srtp", "common/proto", "controlplane", "tools", "perf", "tests"]),
    (r"boost/.*", ["controlplane", "tools", "perf", "tests"]),
    (r"prometheus/.*", ["controlplane", "tests"]),
    (r"jwt/.*", ["controlplane", "tests"]),
    (r"google/protobuf/.*", ["common/schema", "controlplane", "tools", "tests"]),
    (r"yaml-cpp/.*", ["common/config", "tests"]),
    (r"nlohmann/.*", ["controlplane", "tools", "perf", "tests"]),
    (r"systemd/.*", ["common/service"]),
    (r"CLI/.*", ["tools", "perf", "tests"]),
    (r"g(test|mock)/.*", ["tests"]),
]

# Of DPDK, the stages of the worker loop see packets and the cache; all else is for setup and for
# dataplane/port.
STAGE_HEADERS = [
    "rte_mbuf.h",
    "rte_mempool.h",
    "rte_prefetch.h",
    "rte_cycles.h",
    "rte_branch_prediction.h",
]
# Of dataplane/, what runs before the workers or beside them.
STAGE_SETUP = [
    "dataplane/main.cc",
    "dataplane/attendee.cc",
    "dataplane/attendee.h",
    "dataplane/capture_desk.cc",
    "dataplane/capture_desk.h",
    "dataplane/control_wake.cc",
    "dataplane/control_wake.h",
    "dataplane/eal.cc",
    "dataplane/eal.h",
    "dataplane/instance.cc",
    "dataplane/instance.h",
]
