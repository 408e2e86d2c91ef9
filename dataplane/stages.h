// The stages of the worker loop between classify and fan-out. Each takes a batch, in order, and
// accounts for all of it.
#pragma once

#include <optional>

#include "common/wire/rtp.h"
#include "dataplane/core.h"
#include "dataplane/packet.h"

namespace sluice::dataplane {

// Datagrams for endpoints that this worker had and another one has now (pass_on.cc) go there.
void pass_on(Core& k, Classified& classified);
// pass_on.cc: where its home has found the endpoint, when that is by way of this worker's UDP port.
std::optional<Flow> flow_here(Core& k, uint32_t endpoint, Generation generation);
// pass_on.cc: what comes from there is passed on too, for an endpoint that has left; one that comes
// this way no more, and that no fragment leads here, is forgotten.
void follow(Core& k, uint32_t endpoint);

// STUN (stun.cc): checks of endpoints in the tables are verified and answered here (RFC 8445 s7.3,
// lite), keep consent alive (RFC 7675) and move the endpoint's address. Everything else is punted
// within a budget or dropped. Frees mbufs.
void answer_checks(Core& k, PacketBatch& batch);

// stun.cc: the endpoint whose fragment, or previous one, this is, by its record in the region; its
// password with it unless that is null. no_slot: nobody's.
uint32_t find_by_ufrag(Core& k, std::string_view ufrag, shm::Text<40>* password);
uint32_t ufrag_hash(std::string_view ufrag);  // never 0
// stun.cc: remembers a 5-tuple from which a valid check came; the oldest one that is not in use
// makes room. no_slot: there is none.
uint32_t remember_flow(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow);
// stun.cc: the endpoint's RTCP came from this 5-tuple of its own. RFC 8445 s12.1: a client sends
// over the pair that it has selected; when that is another one, Chromium's next check says so up
// to 2.5 s later.
void follow_feedback(Core& k, uint32_t slot, EndpointContext& ep, const Flow& flow);

// DTLS (punt.cc): from the flow of an endpoint to the control plane; from strangers dropped. Frees
// mbufs.
void punt_handshakes(Core& k, PacketBatch& batch);
// Datagrams the control plane wants sent (punt.cc). Bounded.
void send_injected(Core& k);

// SRTP (unprotect.cc): out of place into the logs of its tracks, committed only after the tag
// verified. Frees mbufs.
void unprotect(Core& k, PacketBatch& batch);

// SRTCP (rtcp_in.cc): reports, key-frame requests. Frees mbufs.
void take_feedback(Core& k, PacketBatch& batch);

// News of the tables (news.cc): adopt, change, retire. Bounded.
void take_news(Core& k);

// What other workers tell (hand_over.cc), and telling them.
void take_links(Core& k);
void hand_over(Core& k);

// What is due by time (timers.cc, rtcp_out.cc): feedback and reports toward publishers, key-frame
// requests, sender reports, consent expiry. Bounded. Returns how many requests, reports and notes
// it dealt with.
std::size_t run_timers(Core& k);

// ---- between the stages
// -------------------------------------------------------------------------------------------

// describe.cc: fills the layer fields of `entry` from the payload and its descriptor.
void describe(Core& k, TrackContext& track, uint32_t track_slot, uint8_t encoding, Codec codec,
              wire::ByteView payload, wire::ByteView descriptor, LogEntry& entry);
// describe.cc: smooths the RFC 6464 level of an audio track and tells who speaks.
void on_audio_level(Core& k, TrackContext& track, uint32_t track_slot, uint8_t level);

// punt.cc: false when the ring is full.
bool write_punt(Core& k, shm::Ring<shm::Punt>& ring, shm::PuntClass punt_class,
                shm::SlotRef endpoint, const Packet& p);

// endpoint_state.cc: connected, keyed or moved: what its receivers need to know.
void refresh_receivers(Core& k, uint32_t endpoint);
void refresh_receiver(Core& k, Receiver& r);

// key_frames.cc: a receiver of this worker wants a key frame of the track; goes to its home
// worker's limiter.
void want_key_frame(Core& k, uint32_t track, uint32_t generation);
// key_frames.cc: the worker that has the track is told in the stage hand_over.
void wish_elsewhere(Core& k, uint32_t track);
// key_frames.cc: at the home worker.
void on_key_frame_wanted(Core& k, uint32_t track, uint32_t generation);
// key_frames.cc: what was under way to and from the endpoint while its address changed is lost.
void want_key_frames_after_move(Core& k, uint32_t endpoint);

// rtcp_out.cc: encrypts one RTCP compound for an endpoint and sends it. False: it could not be.
bool send_rtcp(Core& k, uint32_t endpoint, wire::ByteSpan buffer, std::size_t length);
bool send_pli(Core& k, uint32_t endpoint, uint32_t media_ssrc);
void send_sender_report(Core& k, uint32_t stream);
void send_receiver_report(Core& k, uint32_t endpoint);
void send_transport_feedback(Core& k, uint32_t endpoint);

// binding.cc: SSRC -> track and encoding.
struct Binding {
  uint32_t track = no_slot;
  uint8_t encoding = 0;
  bool rtx = false;
};
// From hints, mid and rid of a packet that is not authenticated yet; track == no_slot: nothing
// names one.
Binding find_binding(const Core& k, const Publisher& publisher, const wire::RtpView& rtp);
// After its tag verified. no_slot: pool empty.
uint32_t bind(Core& k, uint32_t endpoint, uint32_t ssrc, const Binding& binding);
void unbind(Core& k, uint32_t source);

}  // namespace sluice::dataplane
