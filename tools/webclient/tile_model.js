// What each tile shows, from the session: one tile per camera (or avatar) and one per shared
// screen.

import {extra_cameras, name_of} from './sources.js';

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

function label_of(participant, source, is_self) {
  if (source === 'camera') return is_self ? `${participant.name} (you)` : participant.name;
  return `${is_self ? 'Your' : `${participant.name}’s`} ${name_of(source)}`;
}

function tile(session, participant, source) {
  const is_self = participant.id === session.roster.self_id;
  const media = is_self ? own_tile(session, source) : remote_tile(session, participant, source);
  const is_face = source === 'camera';
  return {
    key: `${participant.id}/${source}`,
    participant_id: participant.id,
    source,
    is_self,
    name: participant.name,
    label: label_of(participant, source, is_self),
    muted: is_face && is_muted(session, participant, is_self),
    speaking: is_face && participant.speaking,
    spoke_at_ms: participant.spoke_at_ms,
    away: participant.state === 'reconnecting',
    ...media,
  };
}

function shows(session, participant, source) {
  if (participant.id === session.roster.self_id) return session.local.is_on(source);
  const track = participant.tracks.get(source);
  return track !== undefined && !track.muted;
}

// Everybody has a face, if only an avatar; other cameras are there while they show something.
function cameras_of(session, participant) {
  return ['camera', ...extra_cameras.filter((source) => shows(session, participant, source))];
}

// {cameras: [tile], screens: [tile]}, this person first, then in the order of joining.
export function tile_models(session) {
  const {roster} = session;
  const people = roster.self ? [roster.self, ...roster.others] : roster.others;
  return {
    cameras: people.flatMap((participant) =>
      cameras_of(session, participant).map((source) => tile(session, participant, source)),
    ),
    screens: people
      .filter((participant) => shows(session, participant, 'screen'))
      .map((participant) => tile(session, participant, 'screen')),
  };
}
