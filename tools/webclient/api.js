// The three HTTP calls of common/schema/signaling.md.

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function call(method, path, bearer, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${bearer}`,
        ...(body ? {'Content-Type': 'application/json'} : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
      cache: 'no-store',
      credentials: 'omit',
    });
  } catch {
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const {code = 'unknown', message = `HTTP status ${response.status}`} = answer.error ?? {};
    throw new ApiError(response.status, code, message);
  }
  return answer;
}

export function create_meeting(api_key, name) {
  return call('POST', '/v1/meetings', api_key, name ? {name} : {});
}

export function join_meeting(meeting_id, token, name) {
  const id = encodeURIComponent(meeting_id);
  return call('GET', `/v1/meetings/${id}/join?name=${encodeURIComponent(name)}`, token);
}
