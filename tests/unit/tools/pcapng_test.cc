#include "tools/sluicectl/pcapng.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <sstream>
#include <vector>

namespace sluice::ctl {
namespace {

uint32_t word(const std::string& bytes, std::size_t at) {
  uint32_t v = 0;
  std::memcpy(&v, bytes.data() + at, sizeof v);
  return v;
}
uint16_t half(const std::string& bytes, std::size_t at) {
  uint16_t v = 0;
  std::memcpy(&v, bytes.data() + at, sizeof v);
  return v;
}

struct Block {
  uint32_t type;
  std::string body;
};

std::vector<Block> blocks_of(const std::string& file) {
  std::vector<Block> blocks;
  for (std::size_t at = 0; at < file.size();) {
    const uint32_t length = word(file, at + 4);
    EXPECT_EQ(length % 4, 0u);
    EXPECT_GE(length, 12u);
    EXPECT_LE(at + length, file.size());
    EXPECT_EQ(word(file, at + length - 4), length);
    blocks.push_back({word(file, at), file.substr(at + 8, length - 12)});
    at += length;
  }
  return blocks;
}

std::map<uint16_t, std::string> options_of(const std::string& body, std::size_t at) {
  std::map<uint16_t, std::string> options;
  while (half(body, at) != 0) {
    const std::size_t length = half(body, at + 2);
    options[half(body, at)] = body.substr(at + 4, length);
    at += 4 + (length + 3) / 4 * 4;
  }
  EXPECT_EQ(at + 4, body.size()) << "the end of options is the block's end";
  return options;
}

constexpr UnixNs at_ns = 0x1122334455667788;

TEST(Pcapng, every_block_is_as_the_format_says) {
  std::ostringstream out;
  PcapngWriter w(out, "prog", "a comment");
  EXPECT_EQ(w.add_interface("media/worker0", 2'024), 0u);
  EXPECT_EQ(w.add_interface("media/worker1", 64), 1u);
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5};
  w.add_frame({.interface = 1, .at = at_ns, .outbound = true, .length = 1'200, .bytes = bytes});
  w.add_frame({.interface = 0, .at = at_ns, .outbound = false, .length = 5, .bytes = bytes});
  w.add_statistics(
      {.interface = 1, .from = at_ns, .until = at_ns + 1, .received = 9, .dropped = 4});
  const auto blocks = blocks_of(out.str());
  ASSERT_EQ(blocks.size(), 6u);

  EXPECT_EQ(blocks[0].type, 0x0a0d0d0au);
  EXPECT_EQ(word(blocks[0].body, 0), 0x1a2b3c4du);
  EXPECT_EQ(word(blocks[0].body, 4), 1u) << "version 1.0";
  EXPECT_EQ(blocks[0].body.substr(8, 8), std::string(8, '\xff')) << "length not known";
  auto options = options_of(blocks[0].body, 16);
  EXPECT_EQ(options[4], "prog");
  EXPECT_EQ(options[1], "a comment");

  EXPECT_EQ(blocks[1].type, 1u);
  EXPECT_EQ(half(blocks[1].body, 0), 1u) << "Ethernet";
  EXPECT_EQ(word(blocks[1].body, 4), 2'024u);
  options = options_of(blocks[1].body, 8);
  EXPECT_EQ(options[2], "media/worker0");
  EXPECT_EQ(options[9], "\x09") << "nanoseconds";

  EXPECT_EQ(blocks[3].type, 6u);
  EXPECT_EQ(word(blocks[3].body, 0), 1u);
  EXPECT_EQ(word(blocks[3].body, 4), 0x11223344u);
  EXPECT_EQ(word(blocks[3].body, 8), 0x55667788u);
  EXPECT_EQ(word(blocks[3].body, 12), 5u);
  EXPECT_EQ(word(blocks[3].body, 16), 1'200u);
  EXPECT_EQ(blocks[3].body.substr(20, 8), std::string("\1\2\3\4\5\0\0\0", 8));
  options = options_of(blocks[3].body, 28);
  EXPECT_EQ(word(options[2], 0), 2u) << "outbound";
  options = options_of(blocks[4].body, 28);
  EXPECT_EQ(word(options[2], 0), 1u) << "inbound";

  EXPECT_EQ(blocks[5].type, 5u);
  EXPECT_EQ(word(blocks[5].body, 0), 1u);
  options = options_of(blocks[5].body, 12);
  EXPECT_EQ(word(options[4], 0), 9u);
  EXPECT_EQ(word(options[5], 0), 4u);
  EXPECT_EQ(word(options[2], 0), 0x11223344u) << "times: the upper half first";
}

TEST(Pcapng, a_name_without_end_is_cut_to_what_an_option_holds) {
  std::ostringstream out;
  PcapngWriter w(out, std::string(100'000, 'x'), "");
  auto options = options_of(blocks_of(out.str()).at(0).body, 16);
  EXPECT_EQ(options[4].size(), 65'535u);
}

}  // namespace
}  // namespace sluice::ctl
