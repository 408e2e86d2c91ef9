// The product's meeting view over people who do not exist: to look at layouts without a server.
//
// ?people=6&screen=1&panel=chat&stats=1

import {Emitter} from '/emitter.js';
import {MeetingView} from '/meeting_view.js';
import {Roster} from '/roster.js';
import {painted_camera, painted_screen} from '/gallery/painted_camera.js';

const names = [
  'Ada Lovelace',
  'Grace Hopper',
  'Alan Turing',
  'Radia Perlman',
  'Edsger Dijkstra',
  'Barbara Liskov',
  'Donald Knuth',
  'Hedy Lamarr',
  'Claude Shannon',
  'Margaret Hamilton',
  'Ken Thompson',
  'Katherine Johnson',
  'Dennis Ritchie',
  'Frances Allen',
  'Tim',
  'Karen Spärck Jones',
];
const options = new URLSearchParams(location.search);
const people = Number(options.get('people') ?? 3);
const with_screen = options.get('screen') === '1';

class PaintedMedia extends Emitter {
  #tracks = {camera: painted_camera({index: 0})};
  #on = new Set(['camera', 'microphone']);
  track = (source) => this.#tracks[source] ?? null;
  chosen_device = () => '';
  is_on = (source) => this.#on.has(source);
  set_on(source, on) {
    this.#on[on ? 'add' : 'delete'](source);
    this.emit('changed', {source});
  }
}

class PaintedSession extends Emitter {
  roster = new Roster();
  local = new PaintedMedia();
  meeting = {id: 'gallery', name: 'Weekly planning'};
  role = 'host';
  connection = options.get('connection') ?? 'connected';
  publish = null;
  receive = {streams: new Map()};

  constructor() {
    super();
    this.local.on('changed', () => this.emit('changed'));
    const participants = Array.from({length: people}, (_, index) => ({
      id: `p${index}`,
      name: names[index % names.length],
      role: index === 0 ? 'host' : 'presenter',
      state: 'connected',
      tracks: [
        {source: 'microphone', muted: index % 3 === 2, csrc: 100 + index, codec: 'opus'},
        {source: 'camera', muted: index % 5 === 4, csrc: 200 + index, codec: 'VP8'},
        ...(with_screen && index === 1
          ? [{source: 'screen', muted: false, csrc: 300, codec: 'VP8'}]
          : []),
      ],
    }));
    this.roster.reset('p0', participants, false);
    for (let index = 1; index < people; ++index)
      this.#feed(`p${index}`, 'camera', `${index}`, painted_camera({index}));
    if (with_screen) this.#feed('p1', 'screen', '99', painted_screen());
    this.roster.on_event({event: 'SPEAKING', participant_id: 'p1', speaking: true, level: 20}, 1);
    if (people > 3) {
      this.roster.on_event(
        {
          event: 'SUBSCRIPTION_CHANGED',
          participant_id: 'p3',
          source: 'camera',
          phase: 'undecodable',
          codec: 'AV1',
        },
        1,
      );
    }
  }

  #feed(participant_id, source, mid, track) {
    this.receive.streams.set(mid, {mid, kind: 'video', track, receiver: null});
    this.roster.on_event(
      {event: 'SUBSCRIPTION_CHANGED', participant_id, source, phase: 'open', mid},
      1,
    );
  }

  stream_of(participant_id, source) {
    return this.receive.streams.get(this.roster.mid_of(participant_id, source)) ?? null;
  }

  set_view() {}
  send_chat(text) {
    this.emit('chat', {participant_id: 'p0', name: names[0], text, at: new Date().toISOString()});
    return true;
  }
  leave() {}
}

const session = new PaintedSession();
const view = new MeetingView({session, invitation: () => location.href});
document.getElementById('app').append(view.root);
for (const name of ['chat', 'people', 'stats']) {
  if (options.get('panel') === name)
    view.root.querySelector(`.button[data-name="${name}"]`).click();
}
if (options.get('panel') === 'chat') {
  session.emit('chat', {
    participant_id: 'p1',
    name: names[1],
    text: 'Good morning!',
    at: '2026-01-05T09:00:00Z',
  });
  session.emit('chat', {
    participant_id: 'p1',
    name: names[1],
    text: 'The notes: https://example.org/notes',
    at: '2026-01-05T09:01:00Z',
  });
  session.send_chat('Thanks, reading them now.');
}
