// What the keys file holds of an endpoint: master keys and ICE passwords.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "common/base/srtp_profile.h"
#include "common/shm/text.h"

namespace sluice::shm {

// control_written, in the keys file.
struct EndpointKeys {
  uint32_t generation = 0;  // of the endpoint slot
  uint16_t epoch = 0;
  srtp::Profile profile = srtp::Profile::none;
  uint8_t reserved = 0;
  srtp::MasterKey recv;  // the remote side's sending key
  srtp::MasterKey send;
  Text<40> ice_pwd;           // RFC 8445 s5.3: 22..256 characters; Sluice makes 32
  Text<40> previous_ice_pwd;  // belongs to previous_ufrag
};

// One copy of everything, and no moment at which a writer that dies leaves a half that counts:
//  - the SRTP keys are stored once in the life of the slot, and then the tag that vouches for them;
//  - of the two passwords the record names the one that is in force; an ICE restart stores the
//  other
//    one, and the record that follows makes it count.
class EndpointKeyCell {
 public:
  // While the slot is `filling`, or to wipe it.
  void publish(const EndpointKeys& k) {
    tag_.store(0, std::memory_order_release);
    set_password(0, k.ice_pwd);
    set_password(1, k.previous_ice_pwd);
    set_srtp(k);
  }
  // The first SRTP keys of a live slot.
  void set_srtp(const EndpointKeys& k) {
    store(srtp_, &k.recv);
    store(srtp_ + key_words, &k.send);
    tag_.store(
        uint64_t{k.generation} << 32 | uint64_t{k.epoch} << 16 | static_cast<uint64_t>(k.profile),
        std::memory_order_release);
  }
  // One that no record names.
  void set_password(uint8_t which, const Text<40>& password) {
    store(passwords_[which & 1], &password);
  }

  // Any reader. False: they were just being stored. password: which one is in force.
  bool read(EndpointKeys& out, uint8_t password = 0) const {
    const uint64_t tag = tag_.load(std::memory_order_acquire);
    out.generation = static_cast<uint32_t>(tag >> 32);
    out.epoch = static_cast<uint16_t>(tag >> 16);
    out.profile = static_cast<srtp::Profile>(tag);
    load(srtp_, &out.recv);
    load(srtp_ + key_words, &out.send);
    out.ice_pwd = this->password(password);
    out.previous_ice_pwd = this->password(password ^ 1);
    return tag_.load(std::memory_order_acquire) == tag;
  }
  uint32_t generation() const {
    return static_cast<uint32_t>(tag_.load(std::memory_order_acquire) >> 32);
  }
  Text<40> password(uint8_t which) const {
    Text<40> out;
    load(passwords_[which & 1], &out);
    return out;
  }

 private:
  using Word = std::atomic<uint64_t>;
  static constexpr std::size_t key_words = sizeof(srtp::MasterKey) / 8;
  static constexpr std::size_t password_words = sizeof(Text<40>) / 8;
  static_assert(sizeof(srtp::MasterKey) % 8 == 0 && sizeof(Text<40>) % 8 == 0);

  template <class T>
  static void store(Word* to, const T* from) {
    uint64_t image[sizeof(T) / 8];
    std::memcpy(image, from, sizeof(T));
    for (std::size_t i = 0; i < std::size(image); ++i)
      to[i].store(image[i], std::memory_order_release);
  }
  template <class T>
  static void load(const Word* from, T* to) {
    uint64_t image[sizeof(T) / 8];
    for (std::size_t i = 0; i < std::size(image); ++i)
      image[i] = from[i].load(std::memory_order_acquire);
    std::memcpy(static_cast<void*>(to), image, sizeof(T));
  }

  Word tag_{0};  // generation << 32 | epoch << 16 | profile
  Word srtp_[2 * key_words]{};
  Word passwords_[2][password_words]{};
};
static_assert(sizeof(EndpointKeyCell) == 184);

}  // namespace sluice::shm
