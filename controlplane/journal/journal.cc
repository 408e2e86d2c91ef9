#include "controlplane/journal/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "common/log/log.h"
#include "controlplane/journal/journal_format.h"

namespace sluice::journal {
namespace {

// In a daemon that runs for months, what no longer counts is swept out once it is most of the file.
constexpr std::size_t sweep_at_ratio = 4;
constexpr std::size_t sweep_at_bytes_min = 1024 * 1024;
// With a full disk the whole file is not tried again for each record.
constexpr std::size_t retry_every = 64;

Error system_error(const std::string& path, const char* what) {
  return Error{path + ": " + what + ": " + std::strerror(errno)};
}

std::size_t size_on_disk(const schema::JournalRecord& record) {
  return frame_bytes + record.ByteSizeLong();
}

Result<std::string> read_whole(int file, const std::string& path) {
  std::string bytes;
  char chunk[65'536];
  for (;;) {
    const ssize_t n = ::read(file, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path, "cannot be read");
    if (n == 0) return bytes;
    bytes.append(chunk, static_cast<std::size_t>(n));
  }
}

bool write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// A rename is durable once the directory is.
void sync_directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path();
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<Journal> Journal::open(std::string path) {
  Journal journal(std::move(path));
  if (const Status s = journal.read(); !s) return s.error();
  if (const Status s = journal.compact(); !s) return s.error();
  return journal;
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

Journal::Journal(Journal&& o) noexcept
    : path_(std::move(o.path_)),
      file_(std::exchange(o.file_, -1)),
      records_(std::move(o.records_)),
      file_bytes_(o.file_bytes_),
      live_bytes_(o.live_bytes_),
      sweep_at_bytes_(o.sweep_at_bytes_),
      behind_(o.behind_) {}

Status Journal::read() {
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return {};
  if (file < 0) return system_error(path_, "cannot be opened");
  const Result<std::string> bytes = read_whole(file, path_);
  ::close(file);
  if (!bytes) return bytes.error();
  const auto found = scan(*bytes, [this](schema::JournalRecord&& r) { take(std::move(r)); });
  if (!found) {
    return Error{path_ + ": " + found.error().message +
                 "; remove it, and the meetings that it knows are over"};
  }
  if (found->whole_bytes < bytes->size()) {
    log::warning("journal", "the end is torn, cut off",
                 {{"path", path_},
                  {"records", found->records},
                  {"bytes_cut", bytes->size() - found->whole_bytes}});
  }
  return {};
}

Status Journal::compact() {
  std::string bytes = write_header();
  for (const auto& [key, record] : records_) append_record(record, bytes);
  const std::string aside = path_ + ".new";
  ::unlink(aside.c_str());
  const int file =
      ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_error(aside, "cannot be made");
  if (!write_whole(file, bytes) || ::fsync(file) != 0 ||
      ::rename(aside.c_str(), path_.c_str()) != 0) {
    const Error error = system_error(path_, "cannot be written");
    ::close(file);
    ::unlink(aside.c_str());
    return error;
  }
  sync_directory_of(path_);
  if (file_ >= 0) ::close(file_);
  file_ = file;
  file_bytes_ = live_bytes_ = bytes.size();
  sweep_at_bytes_ = std::max(sweep_at_bytes_min, sweep_at_ratio * live_bytes_);
  behind_ = 0;
  return {};
}

void Journal::take(schema::JournalRecord&& record) {
  const auto at = records_.find(record.key());
  if (at != records_.end()) {
    live_bytes_ -= size_on_disk(at->second);
    records_.erase(at);
  }
  if (record.value_case() == schema::JournalRecord::VALUE_NOT_SET) return;
  live_bytes_ += size_on_disk(record);
  std::string key = record.key();
  records_.emplace(std::move(key), std::move(record));
}

void Journal::put(const schema::JournalRecord& record) {
  const auto at = records_.find(record.key());
  const bool gone = record.value_case() == schema::JournalRecord::VALUE_NOT_SET;
  if (at == records_.end() ? gone : at->second.SerializeAsString() == record.SerializeAsString()) {
    return;
  }
  take(schema::JournalRecord(record));
  append(record);
}

void Journal::erase(const std::string& key) {
  schema::JournalRecord gone;
  gone.set_key(key);
  put(gone);
}

void Journal::append(const schema::JournalRecord& record) {
  if (behind_ == 0 && write(record)) return;
  if (behind_++ % retry_every != 0) return;
  const Status s = compact();
  if (s || behind_ > 1) return;
  log::error("journal", "falls behind; a restart of this daemon would end meetings",
             {{"reason", s.error().message}});
}

bool Journal::write(const schema::JournalRecord& record) {
  std::string bytes;
  append_record(record, bytes);
  if (!write_whole(file_, bytes)) {
    // Half a record would hide all that follow it. If it cannot be cut either, the file is written
    // anew before anything follows.
    [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(file_bytes_));
    return false;
  }
  file_bytes_ += bytes.size();
  if (file_bytes_ > sweep_at_bytes_ && !compact()) sweep_at_bytes_ *= 2;
  return true;
}

}  // namespace sluice::journal
