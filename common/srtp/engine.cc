#include "common/srtp/engine.h"

#include <string.h>

#include "common/srtp/multi_buffer.h"
#include "common/srtp/portable.h"
#include "common/srtp/session_key.h"

namespace sluice::srtp {

// Exactly one of the two is there, and every call asks once which.
struct Engine::Impl {
  std::unique_ptr<MultiBuffer> multi_buffer;
  std::unique_ptr<Portable> portable;
};

Result<std::unique_ptr<Engine>> Engine::create(EngineKind kind) {
  auto impl = std::make_unique<Impl>();
  if (kind == EngineKind::multi_buffer) {
    auto made = MultiBuffer::create();
    if (!made) return made.error();
    impl->multi_buffer = std::move(*made);
  } else {
    auto made = Portable::create();
    if (!made) return made.error();
    impl->portable = std::move(*made);
  }
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

EngineKind Engine::kind() const {
  return impl_->multi_buffer ? EngineKind::multi_buffer : EngineKind::libsrtp;
}

std::string_view Engine::description() const {
  return impl_->multi_buffer ? impl_->multi_buffer->description() : impl_->portable->description();
}

std::size_t Engine::key_size() const {
  return sizeof(SessionKey);
}

SessionKey* Engine::expand(Profile profile, const MasterKey& master, void* storage) {
  if (impl_->multi_buffer)
    return impl_->multi_buffer->expand(profile, derive_session_keys(profile, master), storage);
  return impl_->portable->expand(profile, master, storage);
}

void Engine::wipe(SessionKey* key) {
  if (impl_->portable) Portable::end(key);
  explicit_bzero(key, sizeof(SessionKey));
}

RtcpKey Engine::keep_rtcp(Profile profile, const MasterKey& master) const {
  return keep_rtcp_key(profile, derive_session_keys(profile, master).rtcp);
}

void Engine::wipe(RtcpKey& key) {
  explicit_bzero(&key, sizeof key);
}

Profile Engine::profile_of(const SessionKey* key) {
  return key->profile;
}

void Engine::protect(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next) {
  if (impl_->multi_buffer) return impl_->multi_buffer->protect(jobs, next);
  impl_->portable->protect(jobs);
}

void Engine::unprotect(std::span<UnprotectJob> jobs) {
  if (impl_->multi_buffer) return impl_->multi_buffer->unprotect(jobs);
  impl_->portable->unprotect(jobs);
}

std::size_t Engine::protect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                                 std::size_t capacity, SrtcpIndex index) {
  if (impl_->multi_buffer)
    return impl_->multi_buffer->protect_rtcp(key->rtcp, packet, length, capacity, index);
  return impl_->portable->protect_rtcp(key, packet, length, capacity, index);
}

std::size_t Engine::unprotect_rtcp(const SessionKey* key, uint8_t* packet, std::size_t length,
                                   SrtcpIndex* index) {
  if (impl_->multi_buffer)
    return impl_->multi_buffer->unprotect_rtcp(key->rtcp, packet, length, index);
  return impl_->portable->unprotect_rtcp(key, packet, length, index);
}

std::size_t Engine::unprotect_rtcp(const RtcpKey& key, uint8_t* packet, std::size_t length,
                                   SrtcpIndex* index) {
  if (impl_->multi_buffer) return impl_->multi_buffer->unprotect_rtcp(key, packet, length, index);
  return impl_->portable->unprotect_rtcp(key, packet, length, index);
}

}  // namespace sluice::srtp
