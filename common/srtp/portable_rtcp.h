// SRTCP on libcrypto. libsrtp numbers the SRTCP packets it protects itself and cannot be given an
// index; and it wants a session with all keys where only SRTCP is received.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>

#include "common/base/srtp_profile.h"
#include "common/base/types.h"
#include "common/srtp/key_derivation.h"

namespace sluice::srtp {

class PortableRtcp {
 public:
  PortableRtcp();

  // In place; `packet` has room for rtcp_overhead(profile) more bytes. Returns the new length.
  std::size_t protect(Profile profile, const CipherKeys& keys, uint8_t* packet, std::size_t length,
                      SrtcpIndex index);
  // In place. `length` has the overhead at least. The plain length, or 0: not encrypted, or the tag
  // does not verify.
  std::size_t unprotect(Profile profile, const CipherKeys& keys, uint8_t* packet,
                        std::size_t length, SrtcpIndex* index);

 private:
  struct ContextFree {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::size_t protect_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length,
                         SrtcpIndex index);
  std::size_t protect_gcm(const EVP_CIPHER* cipher, const CipherKeys& keys, uint8_t* packet,
                          std::size_t length, SrtcpIndex index);
  std::size_t unprotect_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length,
                           SrtcpIndex* index);
  std::size_t unprotect_gcm(const EVP_CIPHER* cipher, const CipherKeys& keys, uint8_t* packet,
                            std::size_t length, SrtcpIndex* index);
  void count_cm(const CipherKeys& keys, uint8_t* packet, std::size_t length, SrtcpIndex index);

  std::unique_ptr<EVP_CIPHER_CTX, ContextFree> context_;
};

}  // namespace sluice::srtp
