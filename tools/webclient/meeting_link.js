// The links of a meeting. The token stays in the fragment, which browsers never send.

// {meeting_id, token, guest_token} from a location; null when it is not a meeting's.
export function parse_meeting_link({pathname, hash}) {
  const match = /^\/m\/([^/]+)\/?$/.exec(pathname);
  if (!match) return null;
  const fragment = new URLSearchParams(hash.slice(1));
  const token = fragment.get('t') ?? '';
  return {meeting_id: decodeURIComponent(match[1]), token, guest_token: fragment.get('g') ?? ''};
}

// The host's link also carries the guests' token, so that the host can invite without giving the
// host's rights away.
export function host_link(origin, {meeting_id, host_token, join_token}) {
  return `${origin}/m/${encodeURIComponent(meeting_id)}#t=${host_token}&g=${join_token}`;
}

export function guest_link(origin, {meeting_id, join_token}) {
  return `${origin}/m/${encodeURIComponent(meeting_id)}#t=${join_token}`;
}

// What a participant may hand on; '' when all there is would make the receiver a host.
export function invitation(origin, {meeting_id, token, guest_token}, role) {
  const join_token = guest_token || (role === 'host' ? '' : token);
  return join_token ? guest_link(origin, {meeting_id, join_token}) : '';
}
