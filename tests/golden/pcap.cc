#include "tests/golden/pcap.h"

#include <cstring>
#include <fstream>

namespace sluice::golden {
namespace {

constexpr uint32_t magic_ns = 0xa1b23c4d;
constexpr uint32_t link_type_ethernet = 1;

struct FileHeader {
  uint32_t magic = magic_ns;
  uint16_t major = 2, minor = 4;
  uint32_t zone = 0, accuracy = 0;
  uint32_t length_max = 65'535;
  uint32_t link_type = link_type_ethernet;
};
static_assert(sizeof(FileHeader) == 24);

struct FrameHeader {
  uint32_t seconds = 0, nanoseconds = 0;
  uint32_t captured = 0, length = 0;
};

}  // namespace

Result<std::vector<Frame>> read_pcap(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  FileHeader header;
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header))
    return Error{path + ": cannot read it"};
  if (header.magic != magic_ns || header.link_type != link_type_ethernet) {
    return Error{path + ": not an Ethernet capture with nanoseconds in this machine's byte order"};
  }
  std::vector<Frame> frames;
  FrameHeader h;
  while (file.read(reinterpret_cast<char*>(&h), sizeof h)) {
    Frame f{h.seconds * ns_per_s + h.nanoseconds, std::vector<uint8_t>(h.captured)};
    if (h.captured > 0 && !file.read(reinterpret_cast<char*>(f.bytes.data()), h.captured)) {
      return Error{path + ": ends within a frame"};
    }
    frames.push_back(std::move(f));
  }
  return frames;
}

Status write_pcap(const std::string& path, const std::vector<Frame>& frames) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const FileHeader header;
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  for (const Frame& f : frames) {
    const auto length = static_cast<uint32_t>(f.bytes.size());
    const FrameHeader h{static_cast<uint32_t>(f.at / ns_per_s),
                        static_cast<uint32_t>(f.at % ns_per_s), length, length};
    file.write(reinterpret_cast<const char*>(&h), sizeof h);
    file.write(reinterpret_cast<const char*>(f.bytes.data()), length);
  }
  if (!file.flush()) return Error{path + ": cannot write it"};
  return {};
}

}  // namespace sluice::golden
