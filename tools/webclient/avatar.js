// Who somebody is when there is no picture: initials on a colour that stays the same for a name.

import {element} from './element.js';

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return '?';
  const letters = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return letters.map((word) => [...word][0].toUpperCase()).join('');
}

function hue(name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

export function avatar(name) {
  const node = element('div', {class: 'avatar', 'aria-hidden': 'true'}, initials(name));
  node.style.setProperty('--hue', hue(name));
  return node;
}
