// The certificate and key of a TLS listener, read again when their files change.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/config/config.h"

namespace sluice::signaling {

class TlsFiles {
 public:
  // Errors name the file: unreadable, no PEM, a key of another certificate.
  static Result<TlsFiles> load(const config::Listener& listener);

  // For new connections; those that have begun keep what they began with.
  boost::asio::ssl::context& context() { return *context_; }
  // Looks whether the files are others than before. True: they were read, and serve from now on.
  // Errors, once for each change: they cannot be used; what was read before goes on.
  Result<bool> refresh();

 private:
  using Time = std::filesystem::file_time_type;
  struct Times {
    Time certificate, key;
    bool operator==(const Times&) const = default;
  };
  TlsFiles(std::string certificate, std::string key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Times times() const;
  Status read();

  std::string certificate_, key_;
  Times seen_;
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace sluice::signaling
