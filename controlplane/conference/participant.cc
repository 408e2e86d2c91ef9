#include "controlplane/conference/participant.h"

namespace sluice::conference {

using signaling::Source;

signaling::TrackView track_view(const Participant& p, Source source) {
  const PublishedSource& published = p.source(source);
  signaling::TrackView view;
  view.source = source;
  view.muted = published.muted();
  if (published.track) {
    view.csrc = published.track->csrc;
    view.codec = published.track->codec;
  }
  return view;
}

signaling::ParticipantView participant_view(const Participant& p) {
  signaling::ParticipantView view;
  view.id = p.id();
  view.name = p.identity.name;
  view.role = p.identity.role;
  view.state = p.presence();
  for (std::size_t i = 0; i < signaling::source_count; ++i) {
    const auto source = static_cast<Source>(i);
    if (p.source(source).track) view.tracks.push_back(track_view(p, source));
  }
  return view;
}

}  // namespace sluice::conference
