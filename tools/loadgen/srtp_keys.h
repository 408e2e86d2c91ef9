// Keys of one SRTP session, as DTLS gives them and as an engine takes them.
#pragma once

#include <memory>
#include <new>

#include "common/srtp/engine.h"

namespace sluice::loadgen {

// Both directions, seen from us.
struct SrtpKeys {
  srtp::Profile profile = srtp::Profile::none;
  srtp::MasterKey send;
  srtp::MasterKey recv;
};

// An expanded key of one direction, with the storage it lies in. The engine outlives it.
class ExpandedKey {
 public:
  ExpandedKey(srtp::Engine& engine, srtp::Profile profile, const srtp::MasterKey& master)
      : engine_(engine),
        storage_(::operator new(engine.key_size(), alignment)),
        key_(engine.expand(profile, master, storage_.get())) {}
  ~ExpandedKey() { engine_.wipe(key_); }
  ExpandedKey(const ExpandedKey&) = delete;
  ExpandedKey& operator=(const ExpandedKey&) = delete;

  srtp::Engine& engine() const { return engine_; }
  const srtp::SessionKey* get() const { return key_; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(void* p) const { ::operator delete(p, alignment); }
  };

  srtp::Engine& engine_;
  std::unique_ptr<void, Free> storage_;
  srtp::SessionKey* key_;
};

}  // namespace sluice::loadgen
