#include "tools/sluicectl/pcapng.h"

#include <cstring>
#include <ostream>
#include <string_view>

namespace sluice::ctl {

namespace {

// Types of blocks and codes of options.
constexpr uint32_t section_header = 0x0a0d0d0a;
constexpr uint32_t interface_description = 1;
constexpr uint32_t interface_statistics = 5;
constexpr uint32_t enhanced_packet = 6;
constexpr uint16_t opt_comment = 1;
constexpr uint16_t shb_userappl = 4;
constexpr uint16_t if_name = 2;
constexpr uint16_t if_tsresol = 9;
constexpr uint16_t epb_flags = 2;
constexpr uint16_t isb_starttime = 2;
constexpr uint16_t isb_endtime = 3;
constexpr uint16_t isb_ifrecv = 4;
constexpr uint16_t isb_ifdrop = 5;

constexpr uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr uint16_t linktype_ethernet = 1;
constexpr std::size_t option_max = 0xffff;

// The body of a block: everything between its two lengths.
class Body {
 public:
  template <class T>
  void number(T v) {
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  void padded(std::string_view data) {
    bytes_.append(data);
    bytes_.append((4 - data.size() % 4) % 4, '\0');
  }
  void time(UnixNs at) {
    const auto t = static_cast<uint64_t>(at);
    number(static_cast<uint32_t>(t >> 32));
    number(static_cast<uint32_t>(t));
  }
  void option(uint16_t code, std::string_view value) {
    value = value.substr(0, option_max);
    number(code);
    number(static_cast<uint16_t>(value.size()));
    padded(value);
  }
  template <class T>
  void number_option(uint16_t code, T v) {
    option(code, {reinterpret_cast<const char*>(&v), sizeof v});
  }
  void time_option(uint16_t code, UnixNs at) {
    number(code);
    number(uint16_t{8});
    time(at);
  }
  void end_of_options() { number(uint32_t{0}); }

  void write(uint32_t type, std::ostream& out) const {
    const auto length = static_cast<uint32_t>(bytes_.size() + 12);
    const auto put = [&](uint32_t v) { out.write(reinterpret_cast<const char*>(&v), sizeof v); };
    put(type);
    put(length);
    out.write(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    put(length);
  }

 private:
  std::string bytes_;
};

}  // namespace

PcapngWriter::PcapngWriter(std::ostream& out, const std::string& program,
                           const std::string& comment)
    : out_(out) {
  Body b;
  b.number(byte_order_magic);
  b.number(uint16_t{1});  // version 1.0
  b.number(uint16_t{0});
  b.number(~uint64_t{0});  // the section's length is not known yet
  b.option(shb_userappl, program);
  b.option(opt_comment, comment);
  b.end_of_options();
  b.write(section_header, out_);
}

uint32_t PcapngWriter::add_interface(const std::string& name, uint32_t snaplen) {
  Body b;
  b.number(linktype_ethernet);
  b.number(uint16_t{0});
  b.number(snaplen);
  b.option(if_name, name);
  b.number_option(if_tsresol, uint8_t{9});  // 10^-9 s
  b.end_of_options();
  b.write(interface_description, out_);
  return interfaces_++;
}

void PcapngWriter::add_frame(const Frame& f) {
  Body b;
  b.number(f.interface);
  b.time(f.at);
  b.number(static_cast<uint32_t>(f.bytes.size()));
  b.number(f.length);
  b.padded({reinterpret_cast<const char*>(f.bytes.data()), f.bytes.size()});
  b.number_option(epb_flags, uint32_t{f.outbound ? 2U : 1U});
  b.end_of_options();
  b.write(enhanced_packet, out_);
}

void PcapngWriter::add_statistics(const Statistics& s) {
  Body b;
  b.number(s.interface);
  b.time(s.until);
  b.time_option(isb_starttime, s.from);
  b.time_option(isb_endtime, s.until);
  b.number_option(isb_ifrecv, s.received);
  b.number_option(isb_ifdrop, s.dropped);
  b.end_of_options();
  b.write(interface_statistics, out_);
}

}  // namespace sluice::ctl
