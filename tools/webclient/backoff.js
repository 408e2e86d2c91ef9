// Waiting times between attempts: doubling, with jitter so that a meeting does not come back all at
// once.

const first_ms = 250;
// A server that comes back is found this soon: a call that outlived it wants to know who is new.
const longest_ms = 1000;

// `attempt` counts from 0, `random` is in [0, 1).
export function backoff_ms(attempt, random) {
  const full = Math.min(longest_ms, first_ms * 2 ** attempt);
  return full / 2 + (full / 2) * random;
}
