// The first page: with an API key in the fragment it makes a meeting and shows its two links.

import {create_meeting} from './api.js';
import {copy_text} from './clipboard.js';
import {element, set_text} from './element.js';
import {icon} from './icons.js';
import {guest_link, host_link} from './meeting_link.js';

function brand() {
  return element(
    'div',
    {class: 'brand'},
    element('img', {src: '/icon.svg', alt: '', width: 44, height: 44}),
    element('span', {}, 'Sluice'),
  );
}

function link_row(label, hint, url, name) {
  const field = element('input', {
    class: 'text_input',
    type: 'text',
    readonly: true,
    value: url,
    'aria-label': label,
    'data-name': name,
    on: {focus: (event) => event.target.select()},
  });
  const copy = element(
    'button',
    {
      class: 'copy_button',
      type: 'button',
      'aria-label': `Copy: ${label}`,
      on: {
        click: async () => {
          if (!(await copy_text(url))) return;
          copy.replaceChildren(icon('check'), 'Copied');
          setTimeout(() => copy.replaceChildren(icon('link'), 'Copy'), 2000);
        },
      },
    },
    icon('link'),
    'Copy',
  );
  return element(
    'div',
    {class: 'link_row'},
    element('div', {class: 'link_label'}, element('b', {}, label), element('small', {}, hint)),
    element('div', {class: 'link_field'}, field, copy),
  );
}

function created_card(meeting) {
  const host = host_link(location.origin, meeting);
  return element(
    'div',
    {class: 'doorway_card'},
    brand(),
    element('h1', {}, 'The meeting is ready'),
    link_row(
      'For the others',
      'Whoever has it can join.',
      guest_link(location.origin, meeting),
      'guest_link',
    ),
    link_row('For you, the host', 'Whoever has it can mute and remove.', host, 'host_link'),
    element('a', {class: 'primary_button', href: host}, 'Enter as the host'),
  );
}

function create_card(api_key, show) {
  const name = element('input', {
    class: 'text_input',
    type: 'text',
    name: 'meeting_name',
    maxlength: 120,
    autocomplete: 'off',
    placeholder: 'What is it about? (optional)',
    'aria-label': 'Name of the meeting',
  });
  const message = element('p', {class: 'form_message', role: 'alert'});
  const button = element('button', {class: 'primary_button', type: 'submit'}, 'New meeting');
  const form = element(
    'form',
    {
      class: 'home_form',
      on: {
        submit: async (event) => {
          event.preventDefault();
          button.disabled = true;
          try {
            show(created_card(await create_meeting(api_key, name.value.trim())));
          } catch (error) {
            set_text(message, error.message);
            button.disabled = false;
          }
        },
      },
    },
    name,
    message,
    button,
  );
  return element(
    'div',
    {class: 'doorway_card'},
    brand(),
    element('h1', {}, 'Meet in the browser'),
    element(
      'p',
      {class: 'doorway_text'},
      'Make a meeting and send its link: nobody needs an account.',
    ),
    form,
  );
}

function closed_card() {
  return element(
    'div',
    {class: 'doorway_card'},
    brand(),
    element('h1', {}, 'Open a meeting’s link'),
    element(
      'p',
      {class: 'doorway_text'},
      'Join with the link that you were sent. ' +
        'To make a meeting, open the address that the operator of this server has.',
    ),
  );
}

export function home_page(hash) {
  const api_key = new URLSearchParams(hash.slice(1)).get('key') ?? '';
  const root = element('main', {class: 'doorway'});
  root.append(api_key ? create_card(api_key, (card) => root.replaceChildren(card)) : closed_card());
  return root;
}
