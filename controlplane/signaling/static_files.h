// The web client's files, read from one directory and from nothing outside it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/signaling/http_message.h"

namespace sluice::signaling {

class StaticFiles {
 public:
  static constexpr std::size_t file_bytes_max = 16 * 1'024 * 1'024;

  StaticFiles() = default;  // serves nothing
  StaticFiles(StaticFiles&& other) noexcept;
  StaticFiles& operator=(StaticFiles&& other) noexcept;
  ~StaticFiles();

  static Result<StaticFiles> open(const std::string& directory);

  // GET of a path. `/` and `/m/{id}` are index.html. Everything that is not a plain file below the
  // directory, or whose name begins with a dot, is 404.
  HttpResponse serve(const HttpRequest& request) const;

 private:
  int directory_ = -1;
};

}  // namespace sluice::signaling
