#include "common/shm/worker_state.h"

#include <gtest/gtest.h>

#include "tests/unit/shm/records.h"

namespace sluice::shm {
namespace {

TEST(WorkerState, a_stream_begins_at_its_initial_sequence_number_and_continues_after_a_restart) {
  StreamState s;
  const StreamRecord r = stream_record(3, {0, 1}, 10, 11);
  EXPECT_FALSE(open_state(s, r, Generation(1)));
  EXPECT_EQ(take_indices(s.next_index, 4), r.initial_seq);
  EXPECT_EQ(take_indices(s.rtx_next_index, 1), r.initial_seq);
  EXPECT_TRUE(open_state(s, r, Generation(1)));
  EXPECT_EQ(take_indices(s.next_index, 1), r.initial_seq + 4u);
  // Another use of the slot is another stream.
  EXPECT_FALSE(open_state(s, r, Generation(2)));
  EXPECT_EQ(s.next_index.load(), r.initial_seq);
}

TEST(WorkerState, a_worker_that_dies_while_opening_begins_again) {
  StreamState s;
  const StreamRecord r = stream_record(3, {0, 1}, 10);
  s.generation = 1;
  s.next_index = 777;  // of the old use, or half-way into the new one
  EXPECT_FALSE(open_state(s, r, Generation(2)));
  EXPECT_EQ(s.next_index.load(), r.initial_seq);
  EXPECT_EQ(s.generation.load(), 2u);
}

TEST(WorkerState, indices_are_stored_before_they_are_given_and_end_at_48_bits) {
  std::atomic<uint64_t> next{srtp_index_end - 3};
  EXPECT_EQ(take_indices(next, 2), srtp_index_end - 3);
  EXPECT_EQ(next.load(), srtp_index_end - 1);
  EXPECT_EQ(take_indices(next, 2), srtp_index_none);
  EXPECT_EQ(take_indices(next, 1), srtp_index_end - 1);
  EXPECT_EQ(take_indices(next, 1), srtp_index_none);
  EXPECT_EQ(next.load(), srtp_index_end);
}

TEST(WorkerState, an_index_is_claimed_once_and_never_behind_another) {
  std::atomic<uint64_t> next{65'530};
  EXPECT_TRUE(claim_index(next, 65'535));
  EXPECT_FALSE(claim_index(next, 65'535));
  EXPECT_FALSE(claim_index(next, 65'531));
  EXPECT_TRUE(claim_index(next, 65'536));
  EXPECT_EQ(next.load(), 65'537u);
  EXPECT_FALSE(claim_index(next, srtp_index_end));
}

TEST(WorkerState, srtcp_indices_restart_behind_the_reserved_block) {
  EndpointState s;
  open_state(s, Generation(1));
  SrtcpIndices first(s);
  for (uint32_t i = 0; i < 1'500; ++i) EXPECT_EQ(first.take(s), i);
  EXPECT_EQ(s.srtcp_index_end.load(), 2 * SrtcpIndices::block);
  EXPECT_TRUE(open_state(s, Generation(1)));
  SrtcpIndices restarted(s);
  EXPECT_EQ(restarted.take(s), 2 * SrtcpIndices::block);
}

TEST(WorkerState, srtcp_indices_end_at_31_bits) {
  EndpointState s;
  s.srtcp_index_end = SrtcpIndices::end - 2;
  SrtcpIndices last(s);
  EXPECT_EQ(last.take(s), SrtcpIndices::end - 2);
  EXPECT_EQ(last.take(s), SrtcpIndices::end - 1);
  EXPECT_EQ(last.take(s), SrtcpIndices::none);
  EXPECT_EQ(last.take(s), SrtcpIndices::none);
  EXPECT_EQ(s.srtcp_index_end.load(), SrtcpIndices::end);
  EXPECT_EQ(SrtcpIndices(s).take(s), SrtcpIndices::none);
}

TEST(WorkerState, another_use_of_an_endpoint_or_track_slot_begins_clean) {
  EndpointState e;
  open_state(e, Generation(1));
  e.consent_ns = 5;
  e.rtcp_highest[1] = 9;
  EXPECT_FALSE(open_state(e, Generation(2)));
  EXPECT_EQ(e.consent_ns.load(), 0);
  EXPECT_EQ(e.rtcp_highest[1].load(), 0u);
  TrackState t;
  open_state(t, Generation(1));
  t.encodings[2].highest_index = 9;
  EXPECT_TRUE(open_state(t, Generation(1)));
  EXPECT_EQ(t.encodings[2].highest_index.load(), 9u);
  EXPECT_FALSE(open_state(t, Generation(2)));
  EXPECT_EQ(t.encodings[2].highest_index.load(), 0u);
  SubscriptionState s;
  EXPECT_FALSE(open_state(s, Generation(1)));
  s.phase = SubscriptionPhase::open;
  EXPECT_FALSE(open_state(s, Generation(2)));
  EXPECT_EQ(s.phase.load(), SubscriptionPhase::none);
}

TEST(WorkerState, an_srtcp_index_is_taken_once_within_the_window_and_never_below_it) {
  RtcpHighest highest{0};
  RtcpWindow window{0};
  EXPECT_TRUE(claim_rtcp_index(highest, window, 7, 0));
  EXPECT_FALSE(claim_rtcp_index(highest, window, 7, 0));
  EXPECT_TRUE(claim_rtcp_index(highest, window, 7, 40));
  EXPECT_FALSE(claim_rtcp_index(highest, window, 7, 40));
  EXPECT_TRUE(claim_rtcp_index(highest, window, 7, 9));
  EXPECT_FALSE(claim_rtcp_index(highest, window, 7, 9));
  EXPECT_FALSE(claim_rtcp_index(highest, window, 7, 8)) << "too old to tell";
  EXPECT_TRUE(claim_rtcp_index(highest, window, 7, 41));
  EXPECT_FALSE(claim_rtcp_index(highest, window, 7, 40));
  EXPECT_TRUE(claim_rtcp_index(highest, window, 7, 39));
  EXPECT_EQ(highest.load(), uint64_t{7} << 32 | 41);
}

TEST(WorkerState, after_a_restart_only_newer_srtcp_indices_are_taken) {
  EndpointState e;
  open_state(e, Generation(1));
  EXPECT_TRUE(claim_rtcp_index(e.rtcp_highest[1], e.rtcp_windows[1], 7, 100));
  StreamState s;
  const StreamRecord r = stream_record(3, {0, 1}, 10);
  open_state(s, r, Generation(1));
  EXPECT_TRUE(claim_rtcp_index(s.rtcp_highest, s.rtcp_window, 8, 100));
  EXPECT_TRUE(open_state(e, Generation(1)));
  EXPECT_TRUE(open_state(s, r, Generation(1)));
  EXPECT_FALSE(claim_rtcp_index(e.rtcp_highest[1], e.rtcp_windows[1], 7, 99));
  EXPECT_FALSE(claim_rtcp_index(s.rtcp_highest, s.rtcp_window, 8, 99));
  EXPECT_TRUE(claim_rtcp_index(e.rtcp_highest[1], e.rtcp_windows[1], 7, 101));
  EXPECT_FALSE(open_state(s, r, Generation(2)));
  EXPECT_EQ(s.rtcp_highest.load(), 0u) << "another stream's senders";
}

}  // namespace
}  // namespace sluice::shm
