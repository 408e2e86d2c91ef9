// sluicectl capture: the frames of one endpoint or track, as they are on the wire, into a file that
// tshark reads.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <utility>

#include "tools/sluicectl/capture_session.h"
#include "tools/sluicectl/end_signals.h"
#include "tools/sluicectl/json.h"
#include "tools/sluicectl/media_filter.h"
#include "tools/sluicectl/media_row.h"
#include "tools/sluicectl/pcapng.h"
#include "tools/sluicectl/port_look.h"

namespace sluice::ctl {

namespace {

constexpr double look_interval_s = 0.002;
constexpr TimeNs alive_interval_ns = 200 * ns_per_ms;
// The data plane looks ten times a second whether somebody asks.
constexpr TimeNs answer_patience_ns = 3 * ns_per_s;
// What the workers were about when the time was over.
constexpr double last_look_after_s = 0.02;

// The file being written: what came by which port to which worker is an interface of its own.
class CaptureWriter {
 public:
  CaptureWriter(std::ostream& out, const RegionView& view, const std::string& what,
                uint32_t snaplen)
      : pcapng_(out, "sluicectl " SLUICE_VERSION,
                what + " of " + view.region().directory() + "; SRTP as on the wire"),
        snaplen_(snaplen),
        began_(unix_now()) {
    for (const shm::PortInfo& p : ports_of(view)) port_names_.emplace_back(p.name.view());
  }

  void add(const CaptureSession::Frame& f) {
    Interface& i = interface_of(f.worker, f.frame.port);
    ++i.frames;
    ++frames_;
    pcapng_.add_frame({.interface = i.number,
                       .at = f.frame.at,
                       .outbound = f.frame.outbound != 0,
                       .length = f.frame.length,
                       .bytes = {f.frame.bytes.data(), f.frame.captured}});
  }
  void finish(const CaptureSession& session, uint32_t workers) {
    for (uint32_t w = 0; w < workers; ++w) {
      for (uint32_t p = 0; p < shm::ports_max; ++p) {
        if (session.lost(w, p) != 0) interface_of(w, p);
      }
    }
    for (const auto& [key, i] : interfaces_) {
      const uint64_t lost = session.lost(key.first, key.second);
      lost_ += lost;
      pcapng_.add_statistics({.interface = i.number,
                              .from = began_,
                              .until = unix_now(),
                              .received = i.frames + lost,
                              .dropped = lost});
    }
  }
  uint64_t frames() const { return frames_; }
  uint64_t lost() const { return lost_; }

 private:
  struct Interface {
    uint32_t number = 0;
    uint64_t frames = 0;
  };
  Interface& interface_of(uint32_t worker, uint32_t port) {
    const auto [at, fresh] = interfaces_.try_emplace({worker, port});
    if (fresh) {
      const std::string name =
          port < port_names_.size() ? port_names_[port] : "port" + std::to_string(port);
      at->second.number =
          pcapng_.add_interface(name + "/worker" + std::to_string(worker), snaplen_);
    }
    return at->second;
  }

  PcapngWriter pcapng_;
  uint32_t snaplen_;
  UnixNs began_;
  std::vector<std::string> port_names_;
  std::map<std::pair<uint32_t, uint32_t>, Interface> interfaces_;
  uint64_t frames_ = 0;
  uint64_t lost_ = 0;
};

// Why it ended; `fault` when that was not what was asked for.
struct End {
  const char* why;
  bool fault = false;
};

// Whether this very data plane still runs.
class Pulse {
 public:
  explicit Pulse(RegionView& view) : view_(view), incarnation_(incarnation()) {}
  bool beats() {
    if (monotonic_now() - looked_at_ < alive_interval_ns) return beats_;
    looked_at_ = monotonic_now();
    beats_ =
        shm::Region::dataplane_alive(view_.region().directory()) && incarnation() == incarnation_;
    return beats_;
  }

 private:
  uint64_t incarnation() const { return view_.region().dataplane().incarnation.load(); }
  RegionView& view_;
  uint64_t incarnation_;
  TimeNs looked_at_ = 0;
  bool beats_ = true;
};

// Nothing: it was taken.
std::optional<End> wait_for_answer(const CaptureSession& session, Pulse& pulse,
                                   EndSignals& signals) {
  const TimeNs until = monotonic_now() + answer_patience_ns;
  for (;;) {
    const auto answer = session.answer();
    if (answer == CaptureSession::Answer::taken) return {};
    if (answer == CaptureSession::Answer::refused)
      return End{"the data plane refused: what was to be captured is gone", true};
    if (!pulse.beats()) return End{"the data plane ended", true};
    if (monotonic_now() > until) return End{"the data plane does not answer", true};
    if (!signals.wait(look_interval_s)) return End{"ended by a signal"};
  }
}

End follow(CaptureSession& session, const shm::CaptureRequest& request, RegionView& view,
           CaptureWriter& writer, std::ostream& file) {
  EndSignals signals;
  Pulse pulse(view);
  if (const auto end = wait_for_answer(session, pulse, signals)) return *end;
  std::vector<CaptureSession::Frame> frames;
  // False: enough, or nobody takes it any more.
  const auto write = [&] {
    frames.clear();
    session.take(frames);
    for (const auto& f : frames) {
      if (writer.frames() == request.budget) return false;
      writer.add(f);
    }
    file.flush();
    return file.good() && writer.frames() < request.budget;
  };
  const auto is_live = [&] {
    shm::Region& region = view.region();
    return request.endpoint ? region.endpoint(request.endpoint.slot)
                                  .head.word.is_live(request.endpoint, request.endpoint.slot)
                            : region.track(request.track.slot)
                                  .head.word.is_live(request.track, request.track.slot);
  };
  std::optional<End> end;
  while (!end) {
    const bool wanted = signals.wait(look_interval_s);
    if (!write()) return {"as many frames as asked for"};
    if (!wanted) {
      end = End{"ended by a signal"};
    } else if (monotonic_now() >= request.deadline) {
      end = End{"the time is over"};
    } else if (!is_live()) {
      end = End{"it has left"};
    } else if (!pulse.beats()) {
      end = End{"the data plane ended", true};
    }
  }
  signals.wait(last_look_after_s);
  write();
  return *end;
}

void report(const Options& options, const CaptureWriter& writer, const End& end,
            std::ostream& out) {
  if (options.json) {
    print_json(out, {{"frames", writer.frames()}, {"lost", writer.lost()}, {"ended", end.why}});
    return;
  }
  out << writer.frames() << " frames, " << writer.lost() << " lost: " << end.why << '\n';
}

// With the rights of nobody else, also when it was there before: it holds people's addresses.
std::ofstream open_file(const std::string& name) {
  const mode_t before = ::umask(077);
  std::ofstream file(name, std::ios::binary | std::ios::trunc);
  ::umask(before);
  struct stat s {};
  if (file && ::stat(name.c_str(), &s) == 0 && S_ISREG(s.st_mode)) ::chmod(name.c_str(), 0600);
  return file;
}

}  // namespace

ExitCode capture(const Options& options, const CaptureChoice& choice, Output output) {
  if (choice.media.endpoint.empty() == choice.media.track.empty()) {
    output.err << "capture: say --endpoint or --track, one of them\n";
    return ExitCode::usage;
  }
  auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const auto fail = [&](const std::string& why, ExitCode code) {
    output.err << why << '\n';
    return code;
  };
  const auto filter = MediaFilter::parse(choice.media, view->region());
  if (!filter) return fail(filter.error().message, ExitCode::finding);
  if (!view->dataplane_alive())
    return fail("the data plane is dead: there is nothing to capture", ExitCode::finding);
  auto session = CaptureSession::open(view->region());
  if (!session) return fail(session.error().message, ExitCode::finding);

  const bool to_stdout = choice.file == "-";
  std::ofstream file;
  if (!to_stdout) {
    file = open_file(choice.file);
    if (!file) return fail(choice.file + ": " + std::strerror(errno), ExitCode::usage);
  }
  std::ostream& out = to_stdout ? output.out : file;
  const shm::CaptureRequest request{
      .endpoint = filter->endpoint.value_or(shm::SlotRef{}),
      .track = filter->track.value_or(shm::SlotRef{}),
      .deadline = monotonic_now() + static_cast<TimeNs>(choice.seconds * 1e9),
      .budget = choice.packets,
      .snaplen = choice.snaplen};
  const std::string what = request.endpoint ? "endpoint " + ref_text(request.endpoint)
                                            : "track " + ref_text(request.track);
  CaptureWriter writer(out, *view, what, choice.snaplen);
  (*session)->ask(request);
  End end = follow(**session, request, *view, writer, out);
  writer.finish(**session, view->workers());
  out.flush();
  if (!out.good()) end = {"cannot write any more", true};
  report(options, writer, end, to_stdout || !options.json ? output.err : output.out);
  return end.fault ? ExitCode::finding : ExitCode::ok;
}

}  // namespace sluice::ctl
