// Whatever a client sends: a message within its limits or a fault of one line; the room takes what
// was parsed. The same bytes as a token, a query and a protocol list.
#include <string_view>

#include "common/base/assert.h"
#include "controlplane/conference/conference.h"
#include "controlplane/signaling/base64url.h"
#include "controlplane/signaling/query.h"
#include "controlplane/signaling/token.h"

using namespace sluice;

namespace {

void check_limits(const signaling::ClientMessage& message) {
  if (const auto* offer = std::get_if<signaling::PublishOffer>(&message)) {
    SLUICE_ASSERT(offer->negotiation >= 1 && offer->negotiation <= signaling::negotiation_max);
    SLUICE_ASSERT(offer->sources.size() <= signaling::sources_max);
  }
  if (const auto* view = std::get_if<signaling::View>(&message)) {
    SLUICE_ASSERT(view->tiles.size() <= signaling::tiles_max);
  }
}

// Nothing that one client says makes the room forget the other, who never spoke.
void give_to_a_room(const signaling::ClientMessage& message) {
  uint64_t names = 0;
  conference::Conference conference({}, [&names] { return "id" + std::to_string(++names); });
  const conference::Now now{1'000 * ns_per_s, 1'700'000'000'000};
  conference::Meeting meeting;
  meeting.id = "m";
  meeting.codecs = {"opus", "VP8"};
  const int64_t expires = now.unix_ms / 1'000 + 3'600;
  conference.on_connected(1, {"ada", "Ada", signaling::Role::presenter}, meeting, expires, now);
  conference.on_connected(2, {"bob", "Bob", signaling::Role::presenter}, meeting, expires, now);
  conference.on_message(1, signaling::Hello{{"opus"}, true}, now);
  conference.on_message(2, signaling::Hello{{"opus"}, true}, now);
  conference.on_message(2, message, now);
  while (conference.poll_output()) {
  }
  SLUICE_ASSERT(conference.rooms().at("m")->participants().contains("ada"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = signaling::parse_client_message(text);
  if (message) {
    check_limits(*message);
    give_to_a_room(*message);
  } else {
    SLUICE_ASSERT(!message.error().message.empty());
  }

  static const signaling::TokenKey key{signaling::TokenKey::Secret{}};
  SLUICE_ASSERT(!key.check(text, signaling::TokenKind::participant, 0).ok());
  if (const auto bytes = signaling::from_base64url(text)) {
    const auto* raw = reinterpret_cast<const uint8_t*>(bytes->data());
    SLUICE_ASSERT(signaling::to_base64url({raw, bytes->size()}) == text);
  }
  if (const auto name = signaling::query_value(text, "name")) {
    (void)signaling::display_text(*name, 64);
  }
  return 0;
}
