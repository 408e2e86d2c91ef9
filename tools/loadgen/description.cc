#include "tools/loadgen/description.h"

#include <algorithm>

#include "common/proto/ice.h"
#include "common/proto/sdp/scan.h"

namespace sluice::loadgen {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Media;
using proto::sdp::Payload;
using proto::sdp::Setup;

constexpr std::string_view mid_uri = "urn:ietf:params:rtp-hdrext:sdes:mid";
constexpr std::string_view audio_level_uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
constexpr std::string_view transport_cc_uri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

constexpr uint8_t opus_type = 111;
constexpr uint8_t video_type = 96;

// A pool of 256 pairs of streams: an m-line of about a kilobyte each.
constexpr proto::sdp::Limits offer_limits{
    .bytes_max = 1'024 * 1'024, .media_max = 512, .lines_per_section_max = 512};

Media line_of(Codec codec, const PublishOffer& offer) {
  const bool audio = codec == Codec::opus;
  Media m;
  m.kind = audio ? "audio" : "video";
  m.mid = audio ? audio_mid : video_mid;
  m.direction = Direction::sendonly;
  m.rtcp_mux = true;
  m.rtcp_reduced_size = true;
  Payload p;
  p.type = audio ? opus_type : video_type;
  p.name = name_of(codec);
  p.clock_rate = clock_rate(codec);
  p.feedback = {"transport-cc"};
  if (audio) {
    p.channels = 2;  // RFC 7587 s7
  } else {
    p.feedback.insert(p.feedback.end(), {"ccm fir", "nack pli"});
  }
  m.payloads.push_back(p);
  if (audio) m.extensions.push_back({1, Direction::unspecified, std::string(audio_level_uri)});
  m.extensions.push_back({3, Direction::unspecified, std::string(transport_cc_uri)});
  m.extensions.push_back({4, Direction::unspecified, std::string(mid_uri)});
  m.msids.push_back({offer.cname, offer.cname + (audio ? "-audio" : "-video")});
  m.sources.push_back({audio ? offer.audio_ssrc : offer.video_ssrc, offer.cname});
  return m;
}

void fill_transport(Media& m, const LocalTransport& local, Setup setup) {
  m.ice_ufrag = local.ice.ufrag;
  m.ice_pwd = local.ice.pwd;
  m.fingerprints = {local.fingerprint};
  m.setup = setup;
}

Result<RemoteTransport> read_transport(const Description& d) {
  const auto taken = std::ranges::find_if(d.media, [](const Media& m) { return !m.rejected(); });
  if (taken == d.media.end()) return Error{"Sluice takes no m-line"};
  RemoteTransport out;
  out.ice = {taken->ice_ufrag, taken->ice_pwd};
  out.fingerprints = taken->fingerprints;
  // RFC 5763 s5: we offer both roles, and where we may choose we begin.
  out.our_role = taken->setup == Setup::active ? DtlsRole::server : DtlsRole::client;
  for (const proto::Candidate& c : taken->candidates) {
    const auto ip = parse_ip(c.address);
    if (!ip || !ip->is_v4() || c.component != 1) continue;
    out.address = {*ip, c.port, 0};
    break;
  }
  if (out.address.port == 0) return Error{"Sluice announces no IPv4 candidate"};
  if (out.ice.ufrag.empty() || out.ice.pwd.empty() || out.fingerprints.empty()) {
    return Error{"no ICE credentials or no fingerprint in Sluice's description"};
  }
  return out;
}

uint8_t id_of(const Media& m, std::string_view uri) {
  const auto* e = m.find_extension(uri);
  // RFC 8285 s4.2: our packets have one-byte headers.
  return e == nullptr || e->id > 14 ? uint8_t{0} : e->id;
}

Result<RtpTerms> read_terms(const Description& d, Codec codec, const PublishOffer& offer) {
  const std::string mid = codec == Codec::opus ? audio_mid : video_mid;
  const auto m = std::ranges::find(d.media, mid, &Media::mid);
  const bool taken = m != d.media.end() && !m->rejected() && proto::sdp::receives(m->direction) &&
                     !m->payloads.empty();
  if (!taken) return Error{"Sluice does not take " + std::string(name_of(codec))};
  return RtpTerms{.codec = codec,
                  .payload_type = m->payloads.front().type,
                  .ssrc = codec == Codec::opus ? offer.audio_ssrc : offer.video_ssrc,
                  .mid = mid,
                  .mid_id = id_of(*m, mid_uri),
                  .audio_level_id = id_of(*m, audio_level_uri),
                  .transport_cc_id = id_of(*m, transport_cc_uri)};
}

// What a client that neither retransmits nor estimates takes of an offered m-line.
Media answer_of(const Media& offered, const LocalTransport& local) {
  Media m;
  m.kind = offered.kind;
  m.mid = offered.mid;
  m.protocol = offered.protocol;
  m.direction = Direction::recvonly;
  m.rtcp_mux = true;
  m.rtcp_reduced_size = offered.rtcp_reduced_size;
  m.extmap_allow_mixed = offered.extmap_allow_mixed;
  for (Payload p : offered.payloads) {
    if (proto::sdp::equals_ignoring_case(p.name, "rtx")) continue;
    std::erase_if(p.feedback,
                  [](const std::string& f) { return f != "nack pli" && f != "ccm fir"; });
    m.payloads.push_back(std::move(p));
  }
  for (const auto& e : offered.extensions) {
    if (e.uri != transport_cc_uri) m.extensions.push_back(e);
  }
  fill_transport(m, local, Setup::active);
  return m;
}

}  // namespace

std::string write_publish_offer(const PublishOffer& offer, const LocalTransport& local) {
  Description d;
  d.bundles.push_back({audio_mid, video_mid});
  d.media = {line_of(Codec::opus, offer), line_of(offer.codec, offer)};
  for (Media& m : d.media) fill_transport(m, local, Setup::actpass);
  return proto::sdp::write_description(d);
}

Result<PublishAnswer> read_publish_answer(const std::string& sdp, const PublishOffer& offer) {
  const auto d = proto::sdp::parse_description(sdp);
  if (!d) return d.error();
  const auto remote = read_transport(*d);
  if (!remote) return remote.error();
  const auto audio = read_terms(*d, Codec::opus, offer);
  if (!audio) return audio.error();
  const auto video = read_terms(*d, offer.codec, offer);
  if (!video) return video.error();
  return PublishAnswer{*remote, *audio, *video};
}

Result<ReceiveAnswer> answer_receive_offer(const std::string& sdp, const LocalTransport& local) {
  const auto d = proto::sdp::parse_description(sdp, offer_limits);
  if (!d) return d.error();
  const auto remote = read_transport(*d);
  if (!remote) return remote.error();
  ReceiveAnswer out{.remote = *remote, .streams = {}, .sdp = {}};
  out.remote.our_role = DtlsRole::client;
  Description answer;
  answer.extmap_allow_mixed = d->extmap_allow_mixed;
  answer.bundles.emplace_back();
  for (const Media& m : d->media) {
    answer.media.push_back(answer_of(m, local));
    answer.bundles[0].push_back(m.mid);
    if (m.sources.empty()) continue;
    out.streams.push_back({Ssrc(m.sources.front().ssrc),
                           m.kind == "audio" ? MediaKind::audio : MediaKind::video, m.mid});
  }
  out.sdp = proto::sdp::write_description(answer);
  return out;
}

}  // namespace sluice::loadgen
