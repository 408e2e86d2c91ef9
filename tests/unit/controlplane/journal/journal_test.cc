// The journal as a restart finds it: whole, torn anywhere, damaged anywhere, of another version.
#include "controlplane/journal/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/wire/bytes.h"
#include "common/wire/crc32.h"
#include "controlplane/journal/journal_format.h"

namespace sluice::journal {
namespace {

schema::JournalRecord room(const std::string& id, const std::string& name) {
  schema::JournalRecord r;
  r.set_key("room/" + id);
  r.mutable_room()->set_meeting_id(id);
  r.mutable_room()->set_name(name);
  return r;
}

class JournalFile : public ::testing::Test {
 protected:
  JournalFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-log-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
    path = directory + "/control.journal";
  }
  ~JournalFile() override { std::filesystem::remove_all(directory); }

  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  void write(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  // Key and name of every room that a restart knows.
  std::map<std::string, std::string> names() const {
    auto journal = Journal::open(path);
    EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error().message);
    std::map<std::string, std::string> out;
    if (!journal) return out;
    for (const auto& [key, record] : journal->records()) out[key] = record.room().name();
    return out;
  }
  std::string refusal() const {
    const auto journal = Journal::open(path);
    return journal.ok() ? "" : journal.error().message;
  }

  std::string directory, path;
};

using Names = std::map<std::string, std::string>;

TEST_F(JournalFile, whatWasPutIsThereAfterARestart) {
  {
    auto journal = Journal::open(path);
    ASSERT_TRUE(journal.ok()) << journal.error().message;
    EXPECT_TRUE(journal->records().empty());
    journal->put(room("a", "first"));
    journal->put(room("b", "second"));
    journal->put(room("a", "changed"));
    journal->put(room("c", "gone"));
    journal->erase("room/c");
    journal->erase("room/never");
  }
  EXPECT_EQ(names(), (Names{{"room/a", "changed"}, {"room/b", "second"}}));
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST_F(JournalFile, aRestartKeepsOnlyWhatCounts) {
  {
    auto journal = Journal::open(path);
    ASSERT_TRUE(journal.ok());
    for (int i = 0; i < 100; ++i) journal->put(room("a", "name " + std::to_string(i)));
    EXPECT_GT(journal->file_bytes(), 10 * journal->live_bytes());
    EXPECT_EQ(journal->file_bytes(), bytes().size());
  }
  auto journal = Journal::open(path);
  ASSERT_TRUE(journal.ok());
  EXPECT_EQ(journal->file_bytes(), journal->live_bytes());
  EXPECT_EQ(journal->live_bytes(), bytes().size());
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  EXPECT_EQ(journal->records().at("room/a").room().name(), "name 99");
}

TEST_F(JournalFile, replayIsIdempotent) {
  std::string once = write_header();
  append_record(room("a", "first"), once);
  append_record(room("b", "second"), once);
  append_record(room("a", "changed"), once);
  write(once + once.substr(header_bytes));
  const Names twice = names();
  EXPECT_EQ(twice, (Names{{"room/a", "changed"}, {"room/b", "second"}}));
  const std::string compacted = bytes();
  EXPECT_EQ(names(), twice);
  EXPECT_EQ(bytes(), compacted);
}

TEST_F(JournalFile, whatIsKnownIsNotWrittenAgain) {
  auto journal = Journal::open(path);
  ASSERT_TRUE(journal.ok());
  journal->put(room("a", "first"));
  const std::size_t before = bytes().size();
  journal->put(room("a", "first"));
  EXPECT_EQ(bytes().size(), before);
}

TEST_F(JournalFile, aTailTornAtAnyByteLosesOnlyWhatIsTorn) {
  std::string whole = write_header();
  std::vector<std::size_t> ends = {header_bytes};
  for (int i = 0; i < 3; ++i) {
    append_record(room(std::to_string(i), "name " + std::to_string(i)), whole);
    ends.push_back(whole.size());
  }
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    write(whole.substr(0, length));
    std::size_t records = 0;
    while (records + 1 < ends.size() && ends[records + 1] <= length) ++records;
    const Names found = names();
    ASSERT_EQ(found.size(), records) << "torn at " << length;
    for (std::size_t i = 0; i < records; ++i) {
      EXPECT_EQ(found.at("room/" + std::to_string(i)), "name " + std::to_string(i));
    }
    // What comes next is found again: the torn end is not in its way.
    auto journal = Journal::open(path);
    ASSERT_TRUE(journal.ok());
    journal->put(room("next", "after"));
    ASSERT_EQ(names().size(), records + 1) << "torn at " << length;
  }
}

TEST_F(JournalFile, aBitFlippedAnywhereEndsTheJournalThere) {
  std::string whole = write_header();
  std::vector<std::size_t> ends;
  for (int i = 0; i < 3; ++i) {
    append_record(room(std::to_string(i), "n"), whole);
    ends.push_back(whole.size());
  }
  for (std::size_t at = header_bytes; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      std::size_t intact = 0;
      while (intact < ends.size() && ends[intact] <= at) ++intact;
      std::size_t found = 0;
      const auto result = scan(damaged, [&](schema::JournalRecord&& r) {
        EXPECT_EQ(r.key(), "room/" + std::to_string(found));
        ++found;
      });
      ASSERT_TRUE(result.ok());
      ASSERT_EQ(found, intact) << "byte " << at << ", bit " << bit;
      ASSERT_EQ(result->whole_bytes, intact == 0 ? header_bytes : ends[intact - 1]);
    }
  }
}

TEST_F(JournalFile, anotherVersionIsRefusedAndLeftAlone) {
  std::string other = write_header();
  auto* raw = reinterpret_cast<uint8_t*>(other.data());
  wire::store_be32(raw + 8, version + 1);
  wire::store_be32(raw + 12, wire::crc32({raw, 12}));
  append_record(room("a", "first"), other);
  write(other);
  EXPECT_EQ(refusal(), path +
                           ": a journal of version 2, this daemon reads version 1; remove it, "
                           "and the meetings that it knows are over");
  EXPECT_EQ(bytes(), other);
}

TEST_F(JournalFile, anotherFileIsRefusedAndLeftAlone) {
  write("#!/bin/sh\necho this is somebody's script\n");
  EXPECT_NE(refusal().find(path + ": not a journal"), std::string::npos) << refusal();
  std::string damaged = write_header();
  damaged[9] ^= 1;
  write(damaged);
  EXPECT_NE(refusal().find("not a journal"), std::string::npos);
  EXPECT_EQ(bytes(), damaged);
}

TEST_F(JournalFile, aDirectoryThatIsMissingIsNamed) {
  path = directory + "/none/control.journal";
  EXPECT_NE(refusal().find(path), std::string::npos);
}

TEST_F(JournalFile, aLongLifeDoesNotGrowTheFileForEver) {
  auto journal = Journal::open(path);
  ASSERT_TRUE(journal.ok());
  const std::string name(1'000, 'x');
  for (int i = 0; i < 5'000; ++i) journal->put(room("a", name + std::to_string(i)));
  EXPECT_LT(bytes().size(), 2'000'000u);
  EXPECT_EQ(names().at("room/a"), name + "4999");
}

// The limit makes the system refuse, as a full disk does, in the middle of a record.
TEST_F(JournalFile, aWriteThatFailsIsMadeGoodOnceThereIsRoom) {
  auto journal = Journal::open(path);
  ASSERT_TRUE(journal.ok());
  journal->put(room("a", std::string(4'000, 'a')));
  const std::string before = bytes();
  rlimit whole{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{before.size() + 100, whole.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  journal->put(room("b", std::string(4'000, 'b')));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &whole), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(bytes(), before) << "half a record is cut again";
  for (int i = 0; i < 100; ++i) journal->put(room("c", std::to_string(i)));
  EXPECT_EQ(journal->records().size(), 3u);
  const Names found = names();
  EXPECT_EQ(found.size(), 3u);
  EXPECT_EQ(found.at("room/b"), std::string(4'000, 'b'));
  EXPECT_EQ(found.at("room/c"), "99");
}

}  // namespace
}  // namespace sluice::journal
