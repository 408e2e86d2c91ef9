// What a person chose last time: name and devices. Private windows may refuse storage, so every
// access may fail.

const prefix = 'sluice.';

export function load_preference(name) {
  try {
    return localStorage.getItem(prefix + name) ?? '';
  } catch {
    return '';
  }
}

export function save_preference(name, value) {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

// ?codec=VP9 in the address or sluice.codec in the storage overrides the codec that is published.
export function preferred_codec(search = location.search) {
  return new URLSearchParams(search).get('codec') ?? load_preference('codec');
}
