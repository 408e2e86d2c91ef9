// A machine that is a directory: the files of /proc, /sys and the rest that the doctor reads, all
// as they should be until a test changes one.
#pragma once

#include <filesystem>
#include <string>

#include "tests/unit/shm/region_fixture.h"
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {

class MadeMachine {
 public:
  // A processor with everything, cores 1 and 2 isolated, hugepages, a VF at 0000:03:02.1 in IOMMU
  // group 7, an interface eth0, and the files that configuration() names.
  MadeMachine();

  // Replaces a file; makes its directories.
  void write(const std::string& absolute, const std::string& text, unsigned mode = 0600);
  void link(const std::string& absolute, const std::string& target);
  void remove(const std::string& absolute);
  void set_mode(const std::string& absolute, unsigned mode);
  void make_directory(const std::string& absolute, unsigned mode = 0750);

  // The YAML of the instance; `dataplane` and `control` are further lines of these sections.
  std::string configuration(const std::string& dataplane = "", const std::string& control = "",
                            const std::string& device = "0000:03:02.1") const;

  // Alive as long as the region is held.
  std::unique_ptr<shm::Region> start_data_plane() const;

  // What the doctor says of the instance.
  Answer examine(const std::string& yaml, bool json = true) const;

 private:
  std::string root() const { return directory_.path() + "/root"; }

  shm::RegionDirectory directory_;
};

}  // namespace sluice::ctl
