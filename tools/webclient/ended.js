// After the meeting: why it is over here, and the way back.

import {element} from './element.js';

const texts = {
  left: ['You left the meeting', ''],
  removed: ['You were removed', 'The host has taken you out of this meeting.'],
  replaced: [
    'Open in another place',
    'This meeting was opened again elsewhere with the same seat.',
  ],
  gone: ['The meeting is over', 'It no longer exists, or the link is no longer valid.'],
  no_token: [
    'The link is incomplete',
    'Open it again as it was sent, with everything after the #.',
  ],
};

export function ended_page(reason, on_back) {
  const [title, text] = texts[reason] ?? texts.gone;
  const may_return = on_back && (reason === 'left' || reason === 'replaced');
  return element(
    'main',
    {class: 'doorway'},
    element(
      'div',
      {class: 'doorway_card'},
      element('h1', {}, title),
      text ? element('p', {class: 'doorway_text'}, text) : null,
      may_return
        ? element(
            'button',
            {class: 'primary_button', type: 'button', on: {click: on_back}},
            'Join again',
          )
        : null,
    ),
  );
}
