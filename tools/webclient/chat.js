// The chat panel.

import {element} from './element.js';
import {icon} from './icons.js';
import {SidePanel} from './side_panel.js';

const text_length_max = 4000;

// Text with its web addresses as links.
function linked(text) {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) =>
      index % 2 === 0
        ? part
        : element('a', {href: part, target: '_blank', rel: 'noopener noreferrer'}, part),
    );
}

export class Chat {
  panel;
  unread = 0;
  #list = element('ol', {class: 'chat_list', role: 'log', 'aria-label': 'Messages'});
  #empty = element(
    'p',
    {class: 'panel_empty'},
    'Messages are seen by everybody in the meeting, and by nobody after it.',
  );
  #input;
  #send;
  #last_author = '';

  // `send`: (text) => whether it could be sent.
  constructor({send, on_close}) {
    this.#send = send;
    this.#input = element('textarea', {
      class: 'chat_input',
      rows: 1,
      maxlength: text_length_max,
      placeholder: 'Message everybody',
      'aria-label': 'Message',
      on: {keydown: (event) => this.#on_key(event)},
    });
    const form = element(
      'form',
      {class: 'chat_form', on: {submit: (event) => this.#on_submit(event)}},
      this.#input,
      element('button', {class: 'chat_send', type: 'submit', 'aria-label': 'Send'}, icon('send')),
    );
    this.panel = new SidePanel(
      {title: 'Chat', name: 'chat', on_close},
      this.#empty,
      this.#list,
      form,
    );
  }

  set_open(open) {
    this.panel.set_open(open);
    if (!open) return;
    this.unread = 0;
    this.#input.focus();
    this.#scroll_to_end();
  }

  // `message`: a CHAT event.
  add({participant_id, name, text, at}, is_self) {
    this.#empty.hidden = true;
    if (this.panel.root.hidden && !is_self) this.unread += 1;
    const time = new Date(at);
    const clock = Number.isNaN(time.getTime())
      ? ''
      : time.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});
    const follows = this.#last_author === participant_id;
    this.#last_author = participant_id;
    this.#list.append(
      element(
        'li',
        {class: `chat_message ${is_self ? 'is_own' : ''}`},
        follows
          ? null
          : element(
              'div',
              {class: 'chat_author'},
              element('b', {}, is_self ? 'You' : name),
              element('time', {}, clock),
            ),
        element('div', {class: 'chat_text'}, linked(text)),
      ),
    );
    this.#scroll_to_end();
  }

  #on_key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#on_submit(event);
    event.stopPropagation();
    if (event.key === 'Escape') this.panel.root.querySelector('.panel_close').click();
  }

  #on_submit(event) {
    event.preventDefault();
    const text = this.#input.value.trim();
    if (text === '') return;
    const sent = this.#send(text);
    this.#input.classList.toggle('is_unsent', !sent);
    if (sent) this.#input.value = '';
  }

  #scroll_to_end() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
