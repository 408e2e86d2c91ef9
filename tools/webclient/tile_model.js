// What each tile shows, from the session: one tile per camera (or avatar) and one per shared
// screen.

function notice_of(session, participant, source, track_description) {
  if (participant.state === 'reconnecting') return 'Reconnecting…';
  if (!track_description) return '';
  const {phase, codec, reason} = session.roster.subscription(participant.id, source) ?? {};
  if (phase === 'undecodable') {
    return `This browser cannot decode ${codec || track_description.codec || 'the codec'} video`;
  }
  if (phase === 'refused') return reason || 'Not available';
  return '';
}

function remote_tile(session, participant, source) {
  const track_description = participant.tracks.get(source);
  const phase = session.roster.subscription(participant.id, source)?.phase;
  const stream = phase === 'undecodable' ? null : session.stream_of(participant.id, source);
  const sends = track_description !== undefined && !track_description.muted;
  const shows_video =
    sends &&
    stream !== null &&
    phase !== 'waiting' &&
    session.roster.stream_shows(stream.mid, participant.id, source);
  return {
    track: sends ? (stream?.track ?? null) : null,
    shows_video,
    notice: notice_of(session, participant, source, sends ? track_description : undefined),
  };
}

function own_tile(session, source) {
  const track = session.local.is_on(source) ? session.local.track(source) : null;
  return {track, shows_video: track !== null, notice: ''};
}

function is_muted(session, participant, is_self) {
  if (is_self) return !session.local.is_on('microphone');
  return participant.tracks.get('microphone')?.muted ?? true;
}

function tile(session, participant, source) {
  const is_self = participant.id === session.roster.self_id;
  const media = is_self ? own_tile(session, source) : remote_tile(session, participant, source);
  const whose = is_self ? `${participant.name} (you)` : participant.name;
  const screen = source === 'screen';
  return {
    key: `${participant.id}/${source}`,
    participant_id: participant.id,
    source,
    is_self,
    name: participant.name,
    label: screen ? (is_self ? 'Your screen' : `${participant.name}’s screen`) : whose,
    muted: !screen && is_muted(session, participant, is_self),
    speaking: !screen && participant.speaking,
    spoke_at_ms: participant.spoke_at_ms,
    away: participant.state === 'reconnecting',
    ...media,
  };
}

function shares_screen(session, participant) {
  if (participant.id === session.roster.self_id) return session.local.is_on('screen');
  const track = participant.tracks.get('screen');
  return track !== undefined && !track.muted;
}

// {cameras: [tile], screens: [tile]}, this person first, then in the order of joining.
export function tile_models(session) {
  const {roster} = session;
  const people = roster.self ? [roster.self, ...roster.others] : roster.others;
  return {
    cameras: people.map((participant) => tile(session, participant, 'camera')),
    screens: people
      .filter((participant) => shares_screen(session, participant))
      .map((participant) => tile(session, participant, 'screen')),
  };
}
