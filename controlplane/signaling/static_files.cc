#include "controlplane/signaling/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

#include "controlplane/signaling/host.h"

namespace sluice::signaling {
namespace {

constexpr std::string_view index_file = "index.html";

struct MediaType {
  std::string_view suffix;
  std::string_view name;
};
constexpr std::array<MediaType, 14> media_types = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
}};

std::string_view media_type_of(std::string_view name) {
  for (const MediaType& type : media_types) {
    if (name.ends_with(type.suffix)) return type.name;
  }
  return "application/octet-stream";
}

// Letters, digits, '-', '_', '.' and single slashes; no part begins with a dot.
bool is_plain_path(std::string_view path) {
  bool begins_part = true;
  for (const char c : path) {
    if (c == '/') {
      if (begins_part) return false;
      begins_part = true;
      continue;
    }
    if (begins_part && c == '.') return false;
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (!plain) return false;
    begins_part = false;
  }
  return !begins_part;
}

std::string file_of(std::string_view path) {
  if (path.empty() || path.front() != '/') return {};
  path.remove_prefix(1);
  if (path.empty()) return std::string(index_file);
  if (!is_plain_path(path)) return {};
  constexpr std::string_view meeting = "m/";
  const bool is_meeting =
      path.starts_with(meeting) && path.find('/', meeting.size()) == std::string_view::npos;
  return std::string(is_meeting ? index_file : path);
}

class File {
 public:
  // The kernel resolves the name below the directory or not at all: neither "..", nor a link, leads
  // out.
  File(int directory, const std::string& name) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    fd_ = static_cast<int>(syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how)));
    if (fd_ >= 0 && fstat(fd_, &about_) != 0) about_.st_mode = 0;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }

  bool is_servable() const {
    return fd_ >= 0 && S_ISREG(about_.st_mode) &&
           about_.st_size <= static_cast<off_t>(StaticFiles::file_bytes_max);
  }
  // RFC 9110 s8.8.3: changes with the file's identity, size or time.
  std::string etag() const {
    return "\"" + std::to_string(about_.st_ino) + "-" + std::to_string(about_.st_size) + "-" +
           std::to_string(about_.st_mtim.tv_sec) + "." + std::to_string(about_.st_mtim.tv_nsec) +
           "\"";
  }
  bool read_all(std::string& out) const {
    out.resize(static_cast<std::size_t>(about_.st_size));
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = read(fd_, out.data() + done, out.size() - done);
      if (n <= 0) return false;
      done += static_cast<std::size_t>(n);
    }
    return true;
  }

 private:
  int fd_ = -1;
  struct stat about_ {};
};

// The page may talk to its own server, use this machine's camera, microphone and screen, and
// nothing else.
void add_page_policies(HttpResponse& response, const HttpRequest& request) {
  std::string connect = "'self'";
  if (is_plain_host(request.host)) {
    connect += std::string(request.is_tls ? " wss://" : " ws://") + request.host;
  }
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      "media-src 'self' blob: mediastream:; font-src 'self'; manifest-src 'self'; worker-src "
      "'self'; "
      "connect-src " +
          connect + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back(
      "Permissions-Policy",
      "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), "
      "fullscreen=(self), picture-in-picture=(self), speaker-selection=(self), "
      "clipboard-write=(self), autoplay=(self), geolocation=(), usb=(), payment=()");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

}  // namespace

StaticFiles::StaticFiles(StaticFiles&& other) noexcept
    : directory_(std::exchange(other.directory_, -1)) {}

StaticFiles& StaticFiles::operator=(StaticFiles&& other) noexcept {
  std::swap(directory_, other.directory_);
  return *this;
}

StaticFiles::~StaticFiles() {
  if (directory_ >= 0) close(directory_);
}

Result<StaticFiles> StaticFiles::open(const std::string& directory) {
  StaticFiles files;
  files.directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (files.directory_ < 0) {
    return Error{directory + ": " + std::strerror(errno) +
                 "; control.web_root must be the directory of the web client"};
  }
  return files;
}

HttpResponse StaticFiles::serve(const HttpRequest& request) const {
  const std::string name = file_of(request.path);
  if (directory_ < 0 || name.empty()) {
    return error_response(ErrorCode::not_found, "no such page");
  }
  const File file(directory_, name);
  if (!file.is_servable()) return error_response(ErrorCode::not_found, "no such page");

  HttpResponse response;
  add_page_policies(response, request);
  // A new version is seen at the next load; an unchanged file costs one round trip without its
  // body.
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("ETag", file.etag());
  if (request.if_none_match == file.etag()) {
    response.status = 304;
    return response;
  }
  response.content_type = media_type_of(name);
  if (!file.read_all(response.body)) {
    return error_response(ErrorCode::unavailable, "the file changed while it was read");
  }
  return response;
}

}  // namespace sluice::signaling
