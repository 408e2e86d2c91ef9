#include "controlplane/signaling/tls_files.h"

namespace sluice::signaling {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Result<TlsFiles> TlsFiles::load(const config::Listener& listener) {
  TlsFiles files(listener.certificate_file, listener.private_key_file.empty()
                                                ? listener.certificate_file
                                                : listener.private_key_file);
  files.seen_ = files.times();
  if (const Status s = files.read(); !s) return s.error();
  return files;
}

TlsFiles::Times TlsFiles::times() const {
  const auto time_of = [](const std::string& path) {
    std::error_code failure;
    const Time time = std::filesystem::last_write_time(path, failure);
    return failure ? Time() : time;
  };
  return {time_of(certificate_), time_of(key_)};
}

Status TlsFiles::read() {
  auto made = std::make_unique<ssl::context>(ssl::context::tls_server);
  error_code failure;
  made->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                        ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                    failure);
  if (!failure) made->use_certificate_chain_file(certificate_, failure);
  if (failure) return Error{certificate_ + ": " + failure.message()};
  made->use_private_key_file(key_, ssl::context::pem, failure);
  if (failure) return Error{key_ + ": " + failure.message()};
  context_ = std::move(made);
  return {};
}

Result<bool> TlsFiles::refresh() {
  const Times now = times();
  if (now == seen_) return false;
  seen_ = now;
  if (const Status s = read(); !s) return s.error();
  return true;
}

}  // namespace sluice::signaling
