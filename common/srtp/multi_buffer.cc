#include "common/srtp/multi_buffer.h"

#include <string.h>

#include <new>

#include "common/base/assert.h"

namespace sluice::srtp {
namespace {

// Received AES-CM packets are copied before they are hashed; room for a batch of full Ethernet
// frames, and for the longest packet that UDP carries.
constexpr std::size_t copies_size = 2 * 65'536;

std::string describe(const IMB_MGR* manager, IMB_ARCH arch) {
  static constexpr const char* names[] = {"none", "no AES-NI", "SSE", "AVX", "AVX2", "AVX512"};
  std::string text = "libipsec-mb ";
  text += imb_get_version_str();
  text += ", ";
  text += arch < std::size(names) ? names[arch] : "unknown";
  constexpr uint64_t vector_aes = IMB_FEATURE_VAES | IMB_FEATURE_VPCLMULQDQ;
  if ((manager->features & vector_aes) == vector_aes) text += " VAES";
  return text;
}

// Calls `f` for each run of jobs of one profile.
template <class Job, class F>
void for_each_run(std::span<Job> jobs, F f) {
  std::size_t begin = 0;
  while (begin < jobs.size()) {
    const Profile profile = jobs[begin].key->profile;
    std::size_t end = begin + 1;
    while (end < jobs.size() && jobs[end].key->profile == profile) ++end;
    f(profile, jobs.subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace

Result<std::unique_ptr<MultiBuffer>> MultiBuffer::create() {
  Manager manager(alloc_mb_mgr(0));
  if (!manager) return Error{"libipsec-mb: no memory for its manager"};
  IMB_ARCH arch = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &arch);
  if (const int e = imb_get_errno(manager.get()); e != 0)
    return Error{std::string("libipsec-mb does not start: ") + imb_get_strerror(e)};
  // Without AES-NI the library emulates AES with tables: slower than libsrtp, and not
  // constant-time.
  if (arch < IMB_ARCH_SSE)
    return Error{"libipsec-mb: this CPU has no AES-NI and PCLMULQDQ; use the libsrtp engine"};
  std::string description = describe(manager.get(), arch);
  return std::unique_ptr<MultiBuffer>(new MultiBuffer(std::move(manager), std::move(description)));
}

MultiBuffer::MultiBuffer(Manager manager, std::string description)
    : manager_(std::move(manager)),
      description_(std::move(description)),
      cm_(std::make_unique<CmBatch>()) {
  cm_->copies.resize(copies_size);
  for (std::size_t i = 0; i < cm_batch_max; ++i) {
    IMB_JOB& job = cm_->jobs[i];
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.cipher_direction = IMB_DIR_ENCRYPT;  // AES-CM: the same both ways
    job.chain_order = IMB_ORDER_CIPHER_HASH;
    job.key_len_in_bytes = IMB_KEY_128_BYTES;
    job.iv = cm_->ivs[i].data();
    job.iv_len_in_bytes = 16;
    job.hash_alg = IMB_AUTH_HMAC_SHA_1;
    job.auth_tag_output_len_in_bytes = 12;  // 10 is refused
  }
}

MultiBuffer::~MultiBuffer() {
  explicit_bzero(&rtcp_gcm_, sizeof(rtcp_gcm_));
  explicit_bzero(&rtcp_cm_, sizeof(rtcp_cm_));
}

SessionKey* MultiBuffer::expand(Profile profile, const SessionKeys& keys, void* storage) {
  SLUICE_ASSERT(reinterpret_cast<uintptr_t>(storage) % cache_line == 0);
  auto* key = new (storage) SessionKey{};
  key->profile = profile;
  memcpy(key->salt, keys.rtp.salt.data(), sizeof(key->salt));
  key->rtcp = keep_rtcp_key(profile, keys.rtcp);
  switch (profile) {
    case Profile::aead_aes_128_gcm:
      IMB_AES128_GCM_PRE(manager_.get(), keys.rtp.key.data(), key->gcm());
      break;
    case Profile::aead_aes_256_gcm:
      IMB_AES256_GCM_PRE(manager_.get(), keys.rtp.key.data(), key->gcm());
      break;
    case Profile::aes128_cm_sha1_80:
      expand_cm(keys.rtp, key->cm());
      break;
    case Profile::none:
      SLUICE_ASSERT(false && "a session key needs a profile");
  }
  return key;
}

void MultiBuffer::protect(std::span<const ProtectJob> jobs, std::span<const ProtectJob> next) {
  std::size_t done = 0;
  for_each_run(jobs, [&](Profile profile, std::span<const ProtectJob> run) {
    for (; !run.empty(); run = run.subspan(std::min(run.size(), cm_batch_max))) {
      const auto some = run.first(std::min(run.size(), cm_batch_max));
      const auto beside = next.subspan(std::min(done, next.size()));
      done += some.size();
      switch (profile) {
        case Profile::aead_aes_128_gcm:
          protect_gcm(some, beside, manager_->gcm128_enc);
          break;
        case Profile::aead_aes_256_gcm:
          protect_gcm(some, beside, manager_->gcm256_enc);
          break;
        case Profile::aes128_cm_sha1_80:
          protect_cm(some, beside);
          break;
        case Profile::none:
          SLUICE_ASSERT(false && "a session key has a profile");
      }
    }
  });
}

void MultiBuffer::unprotect(std::span<UnprotectJob> jobs) {
  for_each_run(jobs, [this](Profile profile, std::span<UnprotectJob> run) {
    switch (profile) {
      case Profile::aead_aes_128_gcm:
        return unprotect_gcm(run, manager_->gcm128_dec);
      case Profile::aead_aes_256_gcm:
        return unprotect_gcm(run, manager_->gcm256_dec);
      case Profile::aes128_cm_sha1_80:
        while (!run.empty()) run = run.subspan(unprotect_cm(run));
        return;
      case Profile::none:
        SLUICE_ASSERT(false && "a session key has a profile");
    }
  });
}

}  // namespace sluice::srtp
