// The page of a meeting: tiles, panels and controls over a Session.

import {AudioPlayers} from './audio_players.js';
import {Banner} from './banner.js';
import {Chat} from './chat.js';
import {copy_text} from './clipboard.js';
import {element, set_text} from './element.js';
import {Notices} from './notices.js';
import {People} from './people.js';
import {SettingsDialog} from './settings_dialog.js';
import {listen_for_shortcuts} from './shortcuts.js';
import {StatsPoller} from './stats_poller.js';
import {render_stats} from './stats_overlay.js';
import {TileGrid} from './tile_grid.js';
import {tile_models} from './tile_model.js';
import {Toolbar} from './toolbar.js';
import {keep_screen_on} from './wake_lock.js';

const render_delay_ms = 16;
const stats_interval_ms = 1000;

export class MeetingView {
  root;
  stats_poller;
  grid;
  #session;
  #invitation;
  #toolbar;
  #chat;
  #people;
  #settings;
  #audio;
  #banner;
  #notices = new Notices();
  #title = element('h1', {class: 'meeting_title'});
  #panel = '';
  #shows_stats = false;
  #has_narrowed_view = false;
  #render_timer = 0;
  #stats_timer = 0;
  #stop_listening = [];

  // `invitation`: () => the link for others, '' when there is none.
  constructor({session, invitation}) {
    this.#session = session;
    this.#invitation = invitation;
    const {local} = session;
    this.stats_poller = new StatsPoller(session);
    this.grid = new TileGrid({on_layout: () => this.#on_layout()});
    this.#audio = new AudioPlayers({
      on_blocked: (blocked) => this.#banner.set_sound_blocked(blocked),
    });
    this.#banner = new Banner({on_unblock: () => this.#audio.unblock()});
    this.#chat = new Chat({
      send: (text) => session.send_chat(text),
      on_close: () => this.#toggle_panel('chat'),
    });
    this.#people = new People({
      session,
      on_close: () => this.#toggle_panel('people'),
      on_copy_link: () => this.#copy_link(),
    });
    this.#settings = new SettingsDialog({
      local,
      on_speaker: () => this.#audio.use_speaker(),
      may_publish: () => session.may_publish,
    });
    this.#toolbar = new Toolbar(this.#actions());
    this.root = element(
      'main',
      {class: 'meeting'},
      element('header', {class: 'meeting_header'}, this.#title),
      element(
        'div',
        {class: 'meeting_body'},
        element(
          'div',
          {class: 'meeting_stage'},
          this.#banner.root,
          this.grid.root,
          this.#notices.root,
        ),
        this.#people.panel.root,
        this.#chat.panel.root,
      ),
      this.#toolbar.root,
      this.#audio.root,
      this.#settings.root,
    );
    this.#listen();
  }

  close() {
    clearTimeout(this.#render_timer);
    clearInterval(this.#stats_timer);
    for (const stop of this.#stop_listening) stop();
    this.stats_poller.stop();
    this.grid.close();
    this.#audio.close();
    this.#settings.close();
    this.root.remove();
  }

  #actions() {
    const {local} = this.#session;
    const as_presenter = (action) => () => this.#session.may_publish && action();
    const toggle = (source) => as_presenter(() => local.set_on(source, !local.is_on(source)));
    return {
      microphone: toggle('microphone'),
      camera: toggle('camera'),
      screen: as_presenter(() =>
        local.is_on('screen') ? local.stop_screen() : local.start_screen(),
      ),
      people: () => this.#toggle_panel('people'),
      chat: () => this.#toggle_panel('chat'),
      stats: () => this.#toggle_stats(),
      link: () => this.#copy_link(),
      settings: () => this.#settings.open(),
      leave: () => this.#session.leave(),
    };
  }

  #listen() {
    const actions = this.#actions();
    this.#stop_listening.push(
      keep_screen_on(),
      this.#session.on('changed', () => this.#schedule_render()),
      this.#session.on('notice', (notice) => this.#notices.show(notice)),
      this.#session.on('chat', (message) => this.#on_chat(message)),
      listen_for_shortcuts({
        m: actions.microphone,
        v: actions.camera,
        s: actions.screen,
        c: actions.chat,
        p: actions.people,
        i: actions.stats,
        l: actions.link,
      }),
    );
    this.stats_poller.start();
    this.#stats_timer = setInterval(() => this.#render_stats(), stats_interval_ms);
    this.#schedule_render();
  }

  // One render for many events.
  #schedule_render() {
    if (this.#render_timer) return;
    this.#render_timer = setTimeout(() => {
      this.#render_timer = 0;
      this.#render();
    }, render_delay_ms);
  }

  #render() {
    const session = this.#session;
    const title = session.meeting.name || 'Meeting';
    set_text(this.#title, title);
    document.title = `${title} · Sluice`;
    this.#banner.set_connection(session.connection);
    this.grid.render(tile_models(session));
    this.#people.render();
    this.#audio.render(session.receive?.streams ?? new Map());
    this.#render_toolbar();
  }

  #render_toolbar() {
    this.#toolbar.render({
      local: this.#session.local,
      may_publish: this.#session.may_publish,
      panel: this.#panel,
      shows_stats: this.#shows_stats,
      unread: this.#chat.unread,
      people: this.#session.roster.participants.size,
    });
  }

  // Asks for less than everything only once something is out of sight; then for exactly what is
  // shown.
  #on_layout() {
    this.#has_narrowed_view ||= !this.grid.shows_everything;
    if (this.#has_narrowed_view) this.#session.set_view(this.grid.view);
    this.#render_stats();
  }

  #on_chat(message) {
    const is_self = message.participant_id === this.#session.roster.self_id;
    this.#chat.add(message, is_self);
    if (!is_self && this.#panel !== 'chat') {
      this.#notices.show({text: `${message.name}: ${message.text}`, kind: 'info'});
    }
    this.#render_toolbar();
  }

  #toggle_panel(name) {
    this.#panel = this.#panel === name ? '' : name;
    this.#chat.set_open(this.#panel === 'chat');
    this.#people.set_open(this.#panel === 'people');
    this.root.classList.toggle('has_panel', this.#panel !== '');
    this.#render_toolbar();
  }

  #toggle_stats() {
    this.#shows_stats = !this.#shows_stats;
    this.#render_stats();
    this.#render_toolbar();
  }

  #render_stats() {
    for (const model of this.grid.shown) {
      const node = this.grid.tile(model.key)?.stats;
      if (!node) continue;
      node.hidden = !this.#shows_stats;
      if (!this.#shows_stats) continue;
      const audio_source = model.source === 'screen' ? 'screen_audio' : 'microphone';
      render_stats(node, {
        video: this.stats_poller.of_source(model.participant_id, model.source),
        audio: this.stats_poller.of_source(model.participant_id, audio_source),
        own: model.is_self,
      });
    }
  }

  async #copy_link() {
    const link = this.#invitation();
    if (!link) {
      this.#notices.show({
        text: 'This link would make others hosts: share the guest link instead.',
        kind: 'warning',
      });
      return;
    }
    const copied = await copy_text(link);
    this.#notices.show(
      copied
        ? {text: 'Link copied: send it to whom you want to see', kind: 'info'}
        : {text: link, kind: 'warning'},
    );
  }
}
