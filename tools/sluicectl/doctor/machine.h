// The machine as the kernel describes it in /proc, /sys, /dev and the file system, below a root
// that need not be "/".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::ctl {

class Machine {
 public:
  // root: empty is this machine; else a directory that holds proc/, sys/, ...
  explicit Machine(std::string root) : root_(std::move(root)) {}

  // Every path is absolute, without the root.
  std::filesystem::path path(const std::string& absolute) const { return root_ + absolute; }
  bool exists(const std::string& absolute) const;
  // The whole file without the white space at its end; nothing when it cannot be read.
  std::optional<std::string> text(const std::string& absolute) const;
  std::optional<uint64_t> number(const std::string& absolute) const;
  // The last part of what a symbolic link names ("vfio-pci"); empty when there is no link.
  std::string link_name(const std::string& absolute) const;
  // Names in a directory, sorted; none when it cannot be read.
  std::vector<std::string> names_in(const std::string& absolute) const;
  // Permission bits (0 to 07777); nothing when there is no such file.
  std::optional<unsigned> mode(const std::string& absolute) const;
  // The type of the file system that a path lies on or would lie on, as /proc/mounts says;
  // empty = unknown.
  std::string file_system(const std::string& absolute) const;
  // A list of numbers like "0-3,8": /sys/devices/system/cpu/online. None when there is no file.
  std::set<uint32_t> number_list(const std::string& absolute) const;
  // Does this process have the capability (number of capabilities(7))?
  bool capable(unsigned capability) const;

 private:
  std::string root_;
};

}  // namespace sluice::ctl
