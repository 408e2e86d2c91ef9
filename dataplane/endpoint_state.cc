// What a receiver has to know of its endpoint: refreshed whenever keys, consent or address change.
#include "dataplane/stages.h"

namespace sluice::dataplane {

void refresh_receiver(Core& k, Receiver& r) {
  EndpointContext& ep = k.endpoints[r.endpoint];
  const bool ready = ep.keyed && ep.connected;
  r.key = ep.send_key;
  r.overhead = static_cast<uint16_t>(srtp::rtp_overhead(ep.profile));
  r.hop = no_hop;
  if (ep.connected) {
    const Flow& at = k.selected(ep);
    r.remote_ip = at.remote_ip;
    r.remote_port = at.remote_port;
    r.hop = k.hops.lookup(at, k.now);
  }
  if (ready && (r.flags & receiver_ready) == 0) {
    r.flags |= receiver_ready;
    // RFC 8834: only now can it decrypt what a key frame costs the publisher.
    const FanOutTrack& t = k.fan_out.track(r.track);
    if ((r.flags & receiver_paused) == 0 && t.kind == MediaKind::video)
      want_key_frame(k, r.track, t.generation);
  } else if (!ready) {
    r.flags = static_cast<uint16_t>(r.flags & ~(receiver_ready | receiver_open));
  }
}

void refresh_receivers(Core& k, uint32_t endpoint) {
  for (uint32_t s = k.endpoints[endpoint].streams; s != no_slot; s = k.streams[s].next) {
    if (k.streams[s].receiver != nullptr) refresh_receiver(k, *k.streams[s].receiver);
  }
}

}  // namespace sluice::dataplane
