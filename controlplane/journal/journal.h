// What must be known after a restart of the control plane, in one append-only file: a map from key
// to the newest record of it. Single-threaded.
//
// A record is in the hands of the kernel when put() returns, so it outlives this process however
// that dies. It is not forced to the disk: the region, without which it means nothing, does not
// outlive the machine either.
#pragma once

#include <journal.pb.h>

#include <cstddef>
#include <map>
#include <string>

#include "common/base/result.h"

namespace sluice::journal {

class Journal {
 public:
  using Records = std::map<std::string, schema::JournalRecord>;

  // Reads `path`, or begins it with mode 0600; its directory must be there. What follows the last
  // whole record is cut off, and then only what still counts is kept: written aside, synced,
  // renamed. Errors name the file: unreadable, not a journal, of another version.
  static Result<Journal> open(std::string path);
  ~Journal();
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;

  const Records& records() const { return records_; }
  // Keeps the record in place of the one before; a record without a value, or erase(): the thing is
  // gone. What is known already is not written again. An error of the file system is logged once
  // and costs the restart its memory, not the meeting.
  void put(const schema::JournalRecord& record);
  void erase(const std::string& key);

  // Bytes of the file, and how many of them a fresh one would have.
  std::size_t file_bytes() const { return file_bytes_; }
  std::size_t live_bytes() const { return live_bytes_; }

 private:
  explicit Journal(std::string path) : path_(std::move(path)) {}
  Status read();
  Status compact();
  void take(schema::JournalRecord&& record);
  void append(const schema::JournalRecord& record);
  bool write(const schema::JournalRecord& record);

  std::string path_;
  int file_ = -1;
  Records records_;
  std::size_t file_bytes_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t sweep_at_bytes_ = 0;
  std::size_t behind_ = 0;  // records that the file lacks, since a write failed
};

}  // namespace sluice::journal
