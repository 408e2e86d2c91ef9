// Codec names: what this browser can decode, and the order in which it offers to send.

// Encoding names for `hello`, without the formats that only repair or wrap others.
export function decodable_codecs() {
  const names = new Set();
  for (const kind of ['video', 'audio']) {
    for (const codec of RTCRtpReceiver.getCapabilities(kind)?.codecs ?? []) {
      names.add(codec.mimeType.split('/')[1]);
    }
  }
  const known = ['VP8', 'VP9', 'H264', 'AV1', 'opus'];
  return known.filter((name) => names.has(name));
}

// Orders codec capabilities: `wanted` first if the room takes it, then the room's set in its order,
// then the rest (rtx, red, ...).
export function order_codecs(capabilities, wanted, room_codecs) {
  const room = room_codecs.map((name) => name.toLowerCase());
  const first = wanted.toLowerCase();
  const order = room.includes(first) ? [first, ...room] : room;
  const rank = (codec) => {
    const position = order.indexOf(codec.mimeType.split('/')[1].toLowerCase());
    return position < 0 ? order.length : position;
  };
  return capabilities
    .map((codec, index) => ({codec, index}))
    .sort((a, b) => rank(a.codec) - rank(b.codec) || a.index - b.index)
    .map(({codec}) => codec);
}
