"""Each rule of tidy on a sample that breaks it, and on one that does not."""

import sys
import unittest

import counters
import dead_files
import hot_path
import includes
import links
import text_rules
from tree import Tree


def found(rule, files, unread=()):
    return [(f.path, f.line) for f in rule(Tree(files, unread))]


class Includes(unittest.TestCase):
    def test_rooms(self):
        bad = {
            "dataplane/a.cc": '#include "controlplane/log.h"\n',
            "controlplane/a.cc": '\n#include "dataplane/rx.h"\n',
            "tools/sluicectl/a.cc": '#include "dataplane/rx.h"\n',
            "common/wire/a.cc": '#include "common/shm/slot.h"\n',
            "controlplane/conference/a.cc": '#include "controlplane/agent/agent.h"\n',
            "controlplane/agent/a.cc": '#include "controlplane/conference/room.h"\n',
        }
        self.assertEqual(
            found(includes.check, bad),
            [(p, 2 if p == "controlplane/a.cc" else 1) for p in sorted(bad)],
        )
        good = {
            "dataplane/a.cc": '#include "common/wire/rtp.h"\n#include "dataplane/port/port.h"\n',
            "controlplane/conference/a.cc": "#include <agent.pb.h>\n",
            "tests/unit/a.cc": '#include "dataplane/rx.h"\n#include <gtest/gtest.h>\n',
        }
        self.assertEqual(found(includes.check, good), [])

    def test_libraries(self):
        bad = {
            "common/config/a.cc": "#include <rte_mbuf.h>\n",
            "common/proto/b.cc": "#include <openssl/ssl.h>\n",
            "common/wire/c.cc": "#include <openssl/evp.h>\n",
            "controlplane/d.cc": "#include <intel-ipsec-mb.h>\n",
            "dataplane/e.cc": "#include <boost/asio.hpp>\n",
            "dataplane/f.cc": "#include <rte_ethdev.h>\n",
        }
        self.assertEqual(found(includes.check, bad), [(p, 1) for p in sorted(bad)])
        good = {
            "dataplane/port/a.cc": "#include <rte_ethdev.h>\n",
            "dataplane/b.cc": "#include <rte_mbuf.h>\n",
        }
        self.assertEqual(found(includes.check, good), [])


class HotPath(unittest.TestCase):
    def test_banned(self):
        lines = [
            "auto p = new Packet;",
            "p = malloc(4);",
            "std::string s;",
            "log(std::to_string(3));",
            "std::function<void()> f;",
            "std::shared_ptr<int> q;",
            "std::unordered_map<int, int> m;",
            "std::map<int, int> n;",
            "std::mutex lock;",
            "throw 1;",
            "virtual void run();",
            'printf("x");',
            'log::info("rx", "burst");',
            "#include <iostream>",
            "clock_gettime(0, &t);",
            "auto n = std::chrono::steady_clock::now();",
            "rte_rdtsc();",
            'RTE_LOG(INFO, USER1, "x");',
        ]
        for line in lines:
            self.assertEqual(
                found(hot_path.check, {"dataplane/rx.cc": line + "\n"}),
                [("dataplane/rx.cc", 1)],
                line,
            )

    def test_allowed(self):
        good = '// new virtual std::mutex\nstd::string_view s = "throw";\nnew (at) Packet;\n'
        self.assertEqual(found(hot_path.check, {"dataplane/rx.cc": good}), [])
        self.assertEqual(found(hot_path.check, {"dataplane/main.cc": "std::string s;\n"}), [])
        self.assertEqual(found(hot_path.check, {"controlplane/main.cc": "std::string s;\n"}), [])


class Text(unittest.TestCase):
    def test_width(self):
        self.assertEqual(
            found(text_rules.width, {"a.cc": "x" * 100 + "\n" + "x" * 101 + "\n"}), [("a.cc", 2)]
        )

    def test_white(self):
        self.assertEqual(
            found(text_rules.white, {"a.md": "a\n\tb\nc \nd"}),
            [("a.md", 2), ("a.md", 3), ("a.md", 4)],
        )

    def test_word(self):
        self.assertEqual(
            found(text_rules.word, {"a.cc": "// TO" + "DO: later\n", "b.cc": "todos\n"}),
            [("a.cc", 1)],
        )

    def test_name(self):
        self.assertEqual(
            found(
                text_rules.name,
                {"RxBurst.cc": "", "rx-burst.cc": "", "rx_burst.cc": "", "README.md": ""},
            ),
            [("RxBurst.cc", 1), ("rx-burst.cc", 1)],
        )

    def test_size(self):
        files = {
            "a.cc": "\n" * 501,
            "b.cc": "\n" * 500,
            "tests/c.cc": "\n" * 600,
            "tests/d.cc": "\n" * 601,
        }
        self.assertEqual(found(text_rules.size, files), [("a.cc", 501), ("tests/d.cc", 601)])


class Counters(unittest.TestCase):
    def test_list(self):
        files = {
            counters.LIST: 'SLUICE_COUNTER(rx, info, packets, "seen")\n'
            'SLUICE_COUNTER(rx, info, packets, "twice")\n'
            'SLUICE_COUNTER(mute, info, packets, "")\n'
            'SLUICE_COUNTER(idle, info, packets, "never counted")\n'
            'SLUICE_COUNTER(same, info, packets, "seen")\n'
            "SLUICE_COUNTER(odd, info)\n",
            "dataplane/a.cc": "++c[rx]; ++c[mute]; ++c[same]; // idle\n",
        }
        self.assertEqual([line for _, line in found(counters.check, files)], [2, 3, 4, 5, 6])


class DeadFiles(unittest.TestCase):
    def test_reachable(self):
        files = {
            "common/meson.build": "files('used.cc', 'sub/below.cc')\n"
            "foreach n : ['rtp']\n  n + '_fuzz.cc'\n",
            "common/used.cc": '#include "common/used.h"\n',
            "common/sub/below.cc": "",
            "common/rtp_fuzz.cc": "",
            "common/used.h": "",
            "common/unused.cc": "",
            "common/unused.h": "",
            "tools/lost.sh": "",
            "tools/found.sh": "",
            "README.md": "run tools/found.sh\n",
        }
        self.assertEqual(
            found(dead_files.check, files),
            [("common/unused.cc", 1), ("common/unused.h", 1), ("tools/lost.sh", 1)],
        )


class Links(unittest.TestCase):
    def test_targets(self):
        files = {
            "README.md": "[a](docs/a.md) [b](docs/gone.md) [c](https://example.org/x)\n"
            "`common/gone.cc` ![d](d.png)\n",
            "docs/a.md": "[up](../README.md#top) [sideways](b.md)\n",
        }
        self.assertEqual(
            found(links.check, files, ["d.png"]),
            [("README.md", 1), ("README.md", 2), ("docs/a.md", 1)],
        )


if __name__ == "__main__":
    sys.exit(unittest.main())
