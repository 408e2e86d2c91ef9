#include "common/shm/region_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "common/shm/mapping.h"
#include "common/shm/shared_file.h"

namespace sluice::shm {
namespace {

std::string reason() {
  return std::strerror(errno);
}

std::string hex(uint64_t v) {
  char text[24];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(v));
  return text;
}

// The fixed words of both headers, copied out with read(2).
struct HeaderCopy {
  uint64_t magic = 0;
  uint32_t abi = 0;
  uint32_t header_size = 0;
  uint64_t hash = 0;
  uint64_t sizes[2] = {};
  uint64_t region_id = 0;
  Capacities capacities;
};
static_assert(offsetof(RegionHeader, capacities) == offsetof(HeaderCopy, capacities));
static_assert(offsetof(RegionHeader, region_id) == offsetof(HeaderCopy, region_id));

std::string remedy_remove(const RegionPaths& p) {
  return "; stop both daemons and remove " + p.tables + " and " + p.keys;
}

FoundRegion incompatible(std::string why) {
  FoundRegion f;
  f.readiness = Readiness::incompatible;
  f.why = std::move(why);
  return f;
}

FoundRegion not_yet(std::string why, bool missing) {
  FoundRegion f;
  f.missing = missing;
  f.why = std::move(why);
  return f;
}

FoundRegion inspect_keys(const RegionPaths& p, uint64_t region_id, uint64_t keys_size) {
  const Fd fd(open(p.keys.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == EACCES) {
      return incompatible(p.keys + ": " + reason() + "; the daemon must belong to its group");
    }
    return incompatible(p.keys + ": " + reason() + remedy_remove(p));
  }
  struct stat st {};
  if (fstat(fd.get(), &st) != 0 || static_cast<uint64_t>(st.st_size) < keys_size) {
    return incompatible(p.keys + " is " + std::to_string(st.st_size) +
                        " bytes long, its header says " + std::to_string(keys_size) +
                        ": it was cut short" + remedy_remove(p));
  }
  alignas(KeysHeader) std::byte bytes[sizeof(KeysHeader)];
  if (pread(fd.get(), bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return incompatible(p.keys + ": cannot read its header" + remedy_remove(p));
  }
  KeysHeader h;
  std::memcpy(&h, bytes, sizeof h);
  if (h.magic != keys_magic) {
    return incompatible(p.keys + " is no keys file of Sluice (magic " + hex(h.magic) + ")" +
                        remedy_remove(p));
  }
  if (h.region_id != region_id || h.keys_size != keys_size || h.hash != layout_hash()) {
    return incompatible(p.keys + " belongs to another region than " + p.tables + remedy_remove(p));
  }
  FoundRegion f;
  f.readiness = Readiness::ready;
  return f;
}

// Empty, or why these header words cannot be used by this binary.
std::string header_fault(const HeaderCopy& h, uint64_t file_size) {
  if (h.magic != region_magic) return "is no region of Sluice (magic " + hex(h.magic) + ")";
  if (h.abi != region_abi) {
    return "has region ABI " + std::to_string(h.abi) + ", this binary speaks " +
           std::to_string(region_abi) + ": run data plane, control plane and tools of one release";
  }
  if (h.hash != layout_hash() || h.header_size != sizeof(RegionHeader)) {
    return "has layout " + hex(h.hash) + ", this binary has " + hex(layout_hash()) +
           ": run data plane, control plane and tools of one build";
  }
  if (const Status s = validate_capacities(h.capacities); !s)
    return "is damaged: " + s.error().message;
  const Layout l = layout_of(h.capacities);
  if (h.sizes[0] != l.tables_size || h.sizes[1] != l.keys_size) {
    return "is damaged: its header says " + std::to_string(h.sizes[0]) +
           " bytes, its capacities need " + std::to_string(l.tables_size);
  }
  if (file_size < l.tables_size) {
    return "is " + std::to_string(file_size) + " bytes long, its header says " +
           std::to_string(l.tables_size) + ": it was cut short";
  }
  return {};
}

Result<uint64_t> random_id() {
  uint64_t id = 0;
  if (getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) {
    return Error{"getrandom: " + reason()};
  }
  return id;
}

void write_tables(std::byte* file, const Capacities& c, const Layout& l, uint64_t region_id) {
  auto* h = new (file) RegionHeader{};
  h->magic = region_magic;
  h->abi = region_abi;
  h->header_size = sizeof(RegionHeader);
  h->hash = layout_hash();
  h->tables_size = l.tables_size;
  h->keys_size = l.keys_size;
  h->region_id = region_id;
  h->capacities = c;
  // Everything else begins as zero bytes, which is how each shared struct says "nothing yet".
  new (file + l.control_status) ControlStatus{};
  for (uint32_t w = 0; w < c.workers; ++w) {
    std::byte* rings = file + l.rings + l.rings_stride * w;
    const auto begin = [&](uint64_t offset, uint64_t capacity) {
      (new (rings + offset) RingHead{})->capacity = capacity;
    };
    begin(l.news, c.news);
    begin(l.inject, c.inject);
    begin(l.events, c.events);
    begin(l.punt[0], c.punt_endpoint);
    begin(l.punt[1], c.punt_invited);
    begin(l.punt[2], c.punt_stranger);
  }
}

void write_keys(std::byte* file, const Layout& l, uint64_t region_id) {
  auto* h = new (file) KeysHeader{};
  h->magic = keys_magic;
  h->abi = region_abi;
  h->header_size = sizeof(KeysHeader);
  h->hash = layout_hash();
  h->keys_size = l.keys_size;
  h->region_id = region_id;
}

Status create_lock(const std::string& path, gid_t group) {
  const Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
  if (fd.get() < 0) return Error{path + ": cannot create: " + reason()};
  struct stat st {};
  if (fstat(fd.get(), &st) == 0 && st.st_uid == geteuid()) set_access(fd.get(), 0660, group);
  return {};
}

}  // namespace

RegionPaths::RegionPaths(const std::string& dir)
    : directory(dir),
      tables(dir + "/tables"),
      keys(dir + "/keys"),
      dataplane_lock(dir + "/dataplane.lock"),
      control_lock(dir + "/control.lock"),
      capture(dir + "/capture"),
      capture_lock(dir + "/capture.lock") {}

FoundRegion inspect(const RegionPaths& p, bool with_keys) {
  const Fd fd(open(p.tables.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == ENOENT)
      return not_yet("no region in " + p.directory + ": start sluice-dataplane first", true);
    return incompatible(p.tables + ": " + reason() +
                        "; the process must belong to the group that owns it");
  }
  struct stat st {};
  fstat(fd.get(), &st);
  if (static_cast<uint64_t>(st.st_size) < sizeof(RegionHeader)) {
    return incompatible(p.tables + " is " + std::to_string(st.st_size) +
                        " bytes long: it was cut short" + remedy_remove(p));
  }
  // The ready word first: what was stored before it is then there to be read.
  uint32_t ready = 0;
  HeaderCopy h;
  alignas(8) std::byte bytes[sizeof(HeaderCopy)];
  if (pread(fd.get(), &ready, sizeof ready, offsetof(RegionHeader, ready)) != sizeof ready ||
      pread(fd.get(), bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) {
    return incompatible(p.tables + ": cannot read its header: " + reason());
  }
  std::memcpy(static_cast<void*>(&h), bytes, sizeof h);
  if (ready == 0)
    return not_yet(p.tables + " is being created by sluice-dataplane: try again", false);
  if (const std::string fault = header_fault(h, static_cast<uint64_t>(st.st_size));
      !fault.empty()) {
    return incompatible(p.tables + " " + fault + remedy_remove(p));
  }
  if (with_keys) {
    if (FoundRegion k = inspect_keys(p, h.region_id, h.sizes[1]); k.readiness != Readiness::ready)
      return k;
  }
  FoundRegion f;
  f.readiness = Readiness::ready;
  f.capacities = h.capacities;
  return f;
}

Status prepare_directory(const RegionPaths& p) {
  if (mkdir(p.directory.c_str(), 0750) == 0) {
    if (chmod(p.directory.c_str(), 0750) != 0) return Error{p.directory + ": chmod: " + reason()};
  } else if (errno != EEXIST) {
    return Error{p.directory + ": cannot create the region directory: " + reason() +
                 (errno == ENOENT ? "; create its parent first" : "")};
  }
  struct stat st {};
  if (stat(p.directory.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
    return Error{p.directory + " is no directory; name one on tmpfs or hugetlbfs"};
  }
  if (const Status s = create_lock(p.dataplane_lock, st.st_gid); !s) return s;
  if (const Status s = create_lock(p.control_lock, st.st_gid); !s) return s;
  return create_lock(p.capture_lock, st.st_gid);
}

Status create_files(const RegionPaths& p, const Capacities& c) {
  const Layout l = layout_of(c);
  const std::string tables = p.tables + ".new";
  const std::string keys = p.keys + ".new";
  const auto fail = [&](Error e) {
    unlink(tables.c_str());
    unlink(keys.c_str());
    return e;
  };
  const Result<uint64_t> id = random_id();
  if (!id) return fail(id.error());
  const gid_t group = group_of(p.directory);
  if (const Status s = create_file(tables, l.tables_size, group); !s) return fail(s.error());
  if (const Status s = create_file(keys, l.keys_size, group); !s) return fail(s.error());
  {
    const Result<Mapping> t = Mapping::open(tables, l.tables_size, Mapping::Mode::read_write);
    if (!t) return fail(t.error());
    const Result<Mapping> k = Mapping::open(keys, l.keys_size, Mapping::Mode::read_write);
    if (!k) return fail(k.error());
    write_tables(t->data(), c, l, *id);
    write_keys(k->data(), l, *id);
  }
  // Under their names only when complete; tables last, since that is the file others look for.
  if (rename(keys.c_str(), p.keys.c_str()) != 0 || rename(tables.c_str(), p.tables.c_str()) != 0) {
    return fail(Error{p.directory + ": cannot rename the new files: " + reason()});
  }
  return {};
}

Status allocate_files(const RegionPaths& p, const Layout& l) {
  const Fd tables(open(p.tables.c_str(), O_RDWR | O_CLOEXEC));
  if (tables.get() < 0) return Error{p.tables + ": " + reason()};
  if (const Status s = allocate(tables.get(), p.tables, l.tables_size); !s) return s;
  const Fd keys(open(p.keys.c_str(), O_RDWR | O_CLOEXEC));
  if (keys.get() < 0) return Error{p.keys + ": " + reason()};
  return allocate(keys.get(), p.keys, l.keys_size);
}

void remove_files(const RegionPaths& p) {
  // Tables first: a keys file alone is nobody's region.
  unlink(p.tables.c_str());
  unlink(p.keys.c_str());
  unlink(p.capture.c_str());
}

}  // namespace sluice::shm
