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

const repairs = ['rtx', 'red', 'ulpfec', 'flexfec-03'];

// Chooses among codec capabilities what to offer: `wanted` alone if the room takes it, else the
// room's set in its order before the rest; formats that repair others stay in either case.
export function choose_codecs(capabilities, wanted, room_codecs) {
  const name_of = (codec) => codec.mimeType.split('/')[1].toLowerCase();
  const room = room_codecs.map((name) => name.toLowerCase());
  const only = wanted.toLowerCase();
  if (room.includes(only)) {
    return capabilities.filter((codec) => [only, ...repairs].includes(name_of(codec)));
  }
  const rank = (codec) => {
    const position = room.indexOf(name_of(codec));
    return position < 0 ? room.length : position;
  };
  return [...capabilities].sort((a, b) => rank(a) - rank(b));
}
