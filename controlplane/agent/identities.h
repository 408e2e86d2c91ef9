// Random names of a node: SSRCs and CSRCs (one space, so that none is ever taken for another),
// fragments, passwords, ids.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>

namespace sluice::agent {

class Identities {
 public:
  // Never 0 and never one that is in use. Given back with release_ssrc().
  uint32_t take_ssrc();
  void release_ssrc(uint32_t ssrc) { ssrcs_.erase(ssrc); }
  // One that the tables already hold.
  void note_ssrc(uint32_t ssrc) { ssrcs_.insert(ssrc); }

  // RFC 8445 s5.3; a fragment is unique per node, for the workers find endpoints by it.
  std::string take_ufrag();
  void release_ufrag(const std::string& ufrag) { ufrags_.erase(ufrag); }
  void note_ufrag(std::string ufrag) { ufrags_.insert(std::move(ufrag)); }
  std::string make_pwd() const;

  // 64 random bits, never 0: collisions are not looked for.
  uint64_t make_id() const;
  // RFC 7022 s4.2: 96 random bits and more, as text.
  std::string make_cname() const;
  uint32_t make_u32() const;

 private:
  std::unordered_set<uint32_t> ssrcs_;
  std::unordered_set<std::string> ufrags_;
};

}  // namespace sluice::agent
