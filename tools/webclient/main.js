// Which page is shown: the first page, the lobby, the meeting, the end.

import {join_meeting} from './api.js';
import {ended_page} from './ended.js';
import {home_page} from './home.js';
import {inspect} from './inspection.js';
import {Lobby} from './lobby.js';
import {LocalMedia} from './local_media.js';
import {invitation, parse_meeting_link} from './meeting_link.js';
import {MeetingView} from './meeting_view.js';
import {preferred_codec} from './preferences.js';
import {Session} from './session.js';

const app = document.getElementById('app');

function show_lobby(link) {
  const local = new LocalMedia();
  const lobby = new Lobby({
    local,
    on_join: async (name) => {
      const session = new Session({
        join: () => join_meeting(link.meeting_id, link.token, name),
        local,
        codec: preferred_codec(),
      });
      await session.start();
      lobby.close();
      show_meeting(session, link);
    },
  });
  app.replaceChildren(lobby.root);
  lobby.start();
}

function show_meeting(session, link) {
  const view = new MeetingView({
    session,
    invitation: () => invitation(location.origin, link, session.role),
  });
  app.replaceChildren(view.root);
  globalThis.sluice = inspect(session, view);
  // Without this the others would wait for the media to be missed.
  addEventListener('pagehide', () => session.leave());
  session.on('ended', ({reason}) => {
    view.close();
    app.replaceChildren(ended_page(reason, () => show_lobby(link)));
  });
}

function show_page() {
  const link = parse_meeting_link(location);
  if (!link) {
    app.replaceChildren(home_page(location.hash));
  } else if (!link.token) {
    app.replaceChildren(ended_page('no_token'));
  } else {
    show_lobby(link);
  }
}

// A link that is pasted over another one changes only the fragment.
addEventListener('hashchange', () => location.reload());
show_page();
