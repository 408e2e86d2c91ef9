// Players (WHEP): participants with one audio and one video stream, who watch one publisher at a
// time. That is the one they asked for while it publishes, else the one that has published longest
// among those who send video, or among all when nobody does.
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::Source;

namespace {

bool publishes(const Participant& p) {
  if (p.hidden) return false;
  for (const PublishedSource& s : p.sources) {
    if (s.track) return true;
  }
  return false;
}

bool shows(const Participant& p) {
  return p.source(Source::camera).track || p.source(Source::screen).track;
}

std::optional<SourceKey> first_of(const Participant* p, Source wanted, Source otherwise) {
  if (p == nullptr) return std::nullopt;
  if (p->source(wanted).track) return SourceKey{p->id(), wanted};
  if (p->source(otherwise).track) return SourceKey{p->id(), otherwise};
  return std::nullopt;
}

}  // namespace

void Room::on(Participant& p, const signaling::PlayOffer& m, const Now&) {
  if (!p.plays) {
    p.plays.emplace().wanted = m.participant_id;
    touch(p);
    p.decode = canonical_codecs(m.decode);
    update_codecs(nullptr);
    open_receive_transport(p);
  }
  context_.outputs.push_back(remote_offer(p.receive.endpoint_id, m.negotiation, m.sdp, {}));
  update_players();
}

const Participant* Room::longest_publisher() const {
  const Participant* longest = nullptr;
  for (const auto& [id, p] : participants_) {
    if (!publishes(p)) continue;
    const bool better =
        longest == nullptr || std::pair(!shows(p), p.publishes_since) <
                                  std::pair(!shows(*longest), longest->publishes_since);
    if (better) longest = &p;
  }
  return longest;
}

void Room::update_players() {
  const Participant* const longest = longest_publisher();
  for (auto& [id, p] : participants_) {
    if (!p.plays) continue;
    Playback& playback = *p.plays;
    const auto wanted = participants_.find(playback.wanted);
    const bool is_there = wanted != participants_.end() && publishes(wanted->second);
    const Participant* const source = is_there ? &wanted->second : longest;
    auto audio = first_of(source, Source::microphone, Source::screen_audio);
    auto video = first_of(source, Source::camera, Source::screen);
    if (audio == playback.audio && video == playback.video) continue;
    playback.audio = std::move(audio);
    playback.video = std::move(video);
    // What ends gives its stream to what begins.
    unsubscribe_unwanted(p);
    for (const auto& key : {playback.audio, playback.video}) {
      if (key) subscribe(p, *source, key->second);
    }
  }
}

}  // namespace sluice::conference
