// From RTCStatsReports to the few numbers that a tile shows. Pure: reports in, numbers out.

const counters = [
  'bytes',
  'packets',
  'lost',
  'frames',
  'freezes',
  'freeze_s',
  'key_frames',
  'energy',
];

function describe_inbound(stat, codecs) {
  return {
    mid: stat.mid,
    kind: stat.kind,
    codec: (codecs.get(stat.codecId) ?? '').split('/')[1] ?? '',
    width: stat.frameWidth ?? 0,
    height: stat.frameHeight ?? 0,
    fps: stat.framesPerSecond ?? 0,
    jitter_ms: (stat.jitter ?? 0) * 1000,
    playout_at_ms: stat.estimatedPlayoutTimestamp ?? 0,
    bytes: stat.bytesReceived ?? 0,
    packets: stat.packetsReceived ?? 0,
    lost: stat.packetsLost ?? 0,
    frames: stat.framesDecoded ?? 0,
    freezes: stat.freezeCount ?? 0,
    freeze_s: stat.totalFreezesDuration ?? 0,
    key_frames: stat.keyFramesDecoded ?? 0,
    energy: stat.totalAudioEnergy ?? 0,
    nacks: stat.nackCount ?? 0,
    plis: stat.pliCount ?? 0,
  };
}

function describe_outbound(stat, codecs) {
  return {
    mid: stat.mid,
    kind: stat.kind,
    codec: (codecs.get(stat.codecId) ?? '').split('/')[1] ?? '',
    width: stat.frameWidth ?? 0,
    height: stat.frameHeight ?? 0,
    fps: stat.framesPerSecond ?? 0,
    jitter_ms: 0,
    playout_at_ms: 0,
    bytes: stat.bytesSent ?? 0,
    packets: stat.packetsSent ?? 0,
    lost: 0,
    frames: stat.framesEncoded ?? 0,
    freezes: 0,
    freeze_s: 0,
    key_frames: stat.keyFramesEncoded ?? 0,
    energy: 0,
    nacks: stat.nackCount ?? 0,
    plis: stat.pliCount ?? 0,
    limitation: stat.qualityLimitationReason ?? '',
    rid: stat.rid ?? '',
  };
}

// `stats`: the values of an RTCStatsReport. Returns {at_ms, by_mid: Map(mid -> numbers)}; of
// several encodings on one mid the largest is described and the counters are summed.
export function summarize(stats) {
  const codecs = new Map();
  for (const stat of stats) {
    if (stat.type === 'codec') codecs.set(stat.id, stat.mimeType);
  }
  const by_mid = new Map();
  let at_ms = 0;
  for (const stat of stats) {
    const outbound = stat.type === 'outbound-rtp';
    if (!outbound && stat.type !== 'inbound-rtp') continue;
    at_ms = Math.max(at_ms, stat.timestamp);
    const numbers = outbound ? describe_outbound(stat, codecs) : describe_inbound(stat, codecs);
    const other = by_mid.get(numbers.mid);
    if (!other) {
      by_mid.set(numbers.mid, numbers);
      continue;
    }
    const larger = numbers.width > other.width ? numbers : other;
    const sums = Object.fromEntries(counters.map((name) => [name, numbers[name] + other[name]]));
    by_mid.set(numbers.mid, {...larger, ...sums});
  }
  return {at_ms, by_mid};
}

// Rates of one stream between two summaries.
export function rates(now, before, mid) {
  const numbers = now.by_mid.get(mid);
  const earlier = before?.by_mid.get(mid);
  const seconds = before ? (now.at_ms - before.at_ms) / 1000 : 0;
  if (!numbers || !earlier || seconds <= 0) return {kbit_s: 0, fps: numbers?.fps ?? 0};
  return {
    kbit_s: Math.max(0, ((numbers.bytes - earlier.bytes) * 8) / 1000 / seconds),
    fps: numbers.fps,
  };
}

// Counters since a source took over the stream: what an earlier source suffered is not this one's.
export function since(numbers, baseline) {
  if (!baseline) return numbers;
  const difference = {...numbers};
  for (const name of counters) difference[name] = Math.max(0, numbers[name] - baseline[name]);
  return difference;
}
