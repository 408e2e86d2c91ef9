#include "common/shm/validate.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::shm {
namespace {

constexpr Fault valid{};

constexpr bool is_alphanumeric(char ch) {
  return (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
}
// RFC 8839 s5.4: ice-char = ALPHA / DIGIT / "+" / "/".
constexpr bool is_ice_char(char ch) {
  return is_alphanumeric(ch) || ch == '+' || ch == '/';
}
// RFC 8866 s9: token-char.
constexpr bool is_token_char(char ch) {
  return ch >= 0x21 && ch <= 0x7e &&
         std::string_view("\"(),/:;<=>?@[\\]").find(ch) == std::string_view::npos;
}
// RFC 8851 s10: rid-id = 1*(alpha-numeric / "-" / "_").
constexpr bool is_rid_char(char ch) {
  return is_alphanumeric(ch) || ch == '-' || ch == '_';
}
// RFC 3550 s6.5.1: what tools can show; RFC 7022 names are base64.
constexpr bool is_visible(char ch) {
  return ch >= 0x21 && ch <= 0x7e;
}

// A set of small numbers: the packet path calls this, so no heap.
class ByteSet {
 public:
  // False when it was there already.
  bool add(uint8_t v) {
    uint64_t& word = words_[v / 64];
    const uint64_t bit = uint64_t{1} << (v % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }

 private:
  std::array<uint64_t, 4> words_{};
};

bool fits(const PaddedText<16>& t, std::size_t length_min, bool (*allowed)(char)) {
  const std::string_view text = t.view();
  return text.size() >= length_min && std::all_of(text.begin(), text.end(), allowed);
}

template <std::size_t N>
bool fits(const Text<N>& t, std::size_t length_min, bool (*allowed)(char)) {
  if (t.length > Text<N>::max_length || t.length < length_min) return false;
  for (const char ch : t.view()) {
    if (!allowed(ch)) return false;
  }
  return true;
}

bool is_flag(uint8_t v) {
  return v <= 1;
}
bool refers(SlotRef ref, uint32_t capacity) {
  return ref.generation != 0 && ref.slot < capacity;
}
bool is_profile(srtp::Profile p) {
  return p == srtp::Profile::none || srtp::is_known(p);
}
bool is_media(MediaKind k) {
  return k == MediaKind::audio || k == MediaKind::video;
}

Fault validate_extensions(const ExtensionIds& e) {
  ByteSet seen;
  for (const uint8_t id :
       {e.mid, e.rid, e.repaired_rid, e.audio_level, e.transport_cc, e.abs_send_time,
        e.abs_capture_time, e.dependency_descriptor, e.video_orientation, e.playout_delay}) {
    if (id != 0 && !seen.add(id)) return "negotiation: two header extensions share one id";
  }
  return valid;
}

bool is_unused(const RecvPayload& p) {
  return p.codec == Codec::none && p.rtx_of == 0;
}

Fault validate_recv_payloads(const NegotiationRecord& r) {
  ByteSet seen;
  ByteSet media;
  for (const RecvPayload& p : r.recv_payloads) {
    if (static_cast<uint8_t>(p.codec) >= codec_count)
      return "negotiation: receive payload names an unknown codec";
    if (p.payload_type > 127 || p.rtx_of > 127)
      return "negotiation: receive payload type above 127";
    if (is_unused(p)) {
      if (p.payload_type != 0) return "negotiation: receive payload type without a codec";
      continue;
    }
    if (!seen.add(p.payload_type)) return "negotiation: two receive payloads share one type";
    if (p.rtx_of == 0) media.add(p.payload_type);
  }
  // RFC 4588 s8.6: apt names a payload type of the same session, and not a retransmission itself.
  for (const RecvPayload& p : r.recv_payloads) {
    if (p.rtx_of != 0 && media.add(p.rtx_of))
      return "negotiation: RTX payload repairs a type that is not received";
  }
  return valid;
}

Fault validate_send_payloads(const NegotiationRecord& r) {
  ByteSet seen;
  for (std::size_t codec = 0; codec < r.send_payloads.size(); ++codec) {
    const SendPayload& p = r.send_payloads[codec];
    if (p.payload_type > 127 || p.rtx_payload_type > 127)
      return "negotiation: send payload type above 127";
    if (p.payload_type == 0) {
      if (p.rtx_payload_type != 0)
        return "negotiation: RTX send payload without the one it repairs";
      continue;
    }
    if (codec == 0 || codec >= codec_count) return "negotiation: send payload for an unknown codec";
    if (!seen.add(p.payload_type) || (p.rtx_payload_type != 0 && !seen.add(p.rtx_payload_type))) {
      return "negotiation: two send payloads share one type";
    }
  }
  return valid;
}

// Every SSRC that is set differs from every other of the track.
bool distinct_ssrcs(const TrackRecord& r) {
  std::array<uint32_t, 2 * encodings_max> ssrcs{};
  std::size_t count = 0;
  for (const EncodingRecord& e : r.encodings) {
    for (const uint32_t ssrc : {e.ssrc, e.rtx_ssrc}) {
      if (ssrc == 0) continue;
      for (std::size_t i = 0; i < count; ++i) {
        if (ssrcs[i] == ssrc) return false;
      }
      ssrcs[count++] = ssrc;
    }
  }
  return true;
}

Fault validate_encodings(const TrackRecord& r) {
  bool learns = false;
  for (std::size_t i = 0; i < encodings_max; ++i) {
    const EncodingRecord& e = r.encodings[i];
    if (i >= r.encoding_count) {
      if (e.ssrc != 0 || e.rtx_ssrc != 0 || !e.rid.empty())
        return "track: more encodings than it counts";
      continue;
    }
    learns = learns || e.ssrc == 0;
    // RFC 8853: several encodings are told apart by their rids.
    if (!fits(e.rid, r.encoding_count > 1 ? 1 : 0, is_rid_char)) {
      return "track: rid too long, empty, or of characters that RFC 8851 does not allow";
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (r.encoding_count > 1 && r.encodings[j].rid == e.rid)
        return "track: two encodings share one rid";
    }
  }
  if (learns && r.mid.empty()) return "track: neither mid nor SSRC tells its packets";
  if (!distinct_ssrcs(r)) return "track: two encodings share one SSRC";
  return valid;
}

}  // namespace

Fault validate(const EndpointRecord& r, const Capacities& c) {
  if (r.id == 0) return "endpoint: id 0";
  if (r.home_worker >= c.workers) return "endpoint: home worker out of range";
  if (!is_profile(r.srtp_profile)) return "endpoint: unknown SRTP profile";
  if (!is_flag(r.sends) || !is_flag(r.receives) || !is_flag(r.transport_feedback) ||
      !is_flag(r.reduced_size_rtcp)) {
    return "endpoint: a flag is neither 0 nor 1";
  }
  // RFC 8839 s5.4: 4..256 characters.
  if (!fits(r.ufrag, 4, is_ice_char))
    return "endpoint: ufrag too short, too long, or not of ice-chars";
  if (!r.previous_ufrag.empty()) {
    if (!fits(r.previous_ufrag, 4, is_ice_char)) {
      return "endpoint: previous ufrag too short, too long, or not of ice-chars";
    }
    if (r.previous_ufrag == r.ufrag) return "endpoint: previous ufrag equals the ufrag";
  }
  if (!refers(r.negotiation, slot_count(c, TableId::negotiation)))
    return "endpoint: negotiation reference out of range";
  return valid;
}

Fault validate(const NegotiationRecord& r) {
  if (const Fault f = validate_extensions(r.recv_extensions); !f.empty()) return f;
  if (const Fault f = validate_extensions(r.send_extensions); !f.empty()) return f;
  if (const Fault f = validate_recv_payloads(r); !f.empty()) return f;
  return validate_send_payloads(r);
}

Fault validate(const EndpointKeys& k) {
  if (!is_profile(k.profile)) return "keys: unknown SRTP profile";
  // RFC 8839 s5.4: 22..256 characters.
  if (!fits(k.ice_pwd, 22, is_ice_char))
    return "keys: ICE password too short, too long, or not of ice-chars";
  if (!k.previous_ice_pwd.empty() && !fits(k.previous_ice_pwd, 22, is_ice_char)) {
    return "keys: previous ICE password too short, too long, or not of ice-chars";
  }
  // RFC 3711 s9.1: the two directions under one key and salt would share a key stream wherever
  // SSRCs collide.
  if (k.profile != srtp::Profile::none && k.recv.key == k.send.key && k.recv.salt == k.send.salt) {
    return "keys: both directions have the same key";
  }
  return valid;
}

Fault validate_pair(const EndpointRecord& r, const EndpointKeys& k) {
  if (r.key_epoch != k.epoch) return "keys: their epoch is not the record's";
  if (r.srtp_profile != k.profile) return "keys: their SRTP profile is not the record's";
  if (!r.previous_ufrag.empty() && k.previous_ice_pwd.empty()) {
    return "keys: no previous ICE password for the record's previous ufrag";
  }
  return valid;
}

Fault validate(const TrackRecord& r, const Capacities& c) {
  if (r.id == 0) return "track: id 0";
  if (!refers(r.endpoint, c.endpoints)) return "track: endpoint reference out of range";
  if (!is_media(r.kind)) return "track: neither audio nor video";
  if (r.source > TrackSource::camera_3) return "track: unknown source";
  const bool audio_source =
      r.source == TrackSource::microphone || r.source == TrackSource::screen_audio;
  if (r.source != TrackSource::none && audio_source != (r.kind == MediaKind::audio)) {
    return "track: source and kind contradict each other";
  }
  if (!is_flag(r.muted)) return "track: a flag is neither 0 nor 1";
  if (r.encoding_count == 0 || r.encoding_count > encodings_max)
    return "track: encoding count out of range";
  if (r.kind == MediaKind::audio && r.encoding_count != 1)
    return "track: audio with several encodings";
  if (!fits(r.mid, 0, is_token_char)) return "track: mid too long or not a token";
  return validate_encodings(r);
}

Fault validate(const StreamRecord& r, const Capacities& c) {
  if (r.id == 0) return "stream: id 0";
  if (!refers(r.endpoint, c.endpoints)) return "stream: endpoint reference out of range";
  if (r.ssrc == 0) return "stream: SSRC 0";
  if (r.rtx_ssrc == r.ssrc) return "stream: RTX has the SSRC of the stream";
  // RFC 3711 s3.3.1: an early loss around the wrap must not leave the receiver with another
  // roll-over counter.
  if (r.initial_seq >= 1u << 15) return "stream: initial sequence number not below 2^15";
  if (!is_media(r.kind)) return "stream: neither audio nor video";
  if (!fits(r.cname, 1, is_visible)) return "stream: CNAME empty or not visible ASCII";
  return valid;
}

Fault validate(const SubscriptionRecord& r, const Capacities& c) {
  if (!refers(r.track, c.tracks)) return "subscription: track reference out of range";
  if (!refers(r.stream, c.streams)) return "subscription: stream reference out of range";
  if (r.encoding_cap != layer_cap_none && r.encoding_cap >= encodings_max) {
    return "subscription: encoding cap out of range";
  }
  // VP9 and AV1 number at most 8 layers of each kind.
  if ((r.spatial_cap != layer_cap_none && r.spatial_cap > 7) ||
      (r.temporal_cap != layer_cap_none && r.temporal_cap > 7)) {
    return "subscription: layer cap out of range";
  }
  if (!is_flag(r.paused)) return "subscription: a flag is neither 0 nor 1";
  return valid;
}

}  // namespace sluice::shm
