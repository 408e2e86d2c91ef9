// Builds DOM elements without markup strings, so that no text of a participant is ever parsed as
// HTML.

// element('button', {class: 'round', on: {click: f}, 'aria-label': 'Leave'}, child, 'text', ...) A
// property whose value is false, null or undefined is left out; `true` becomes an empty attribute.
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Sets the text only when it differs, which spares layout and screen readers.
export function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function set_attribute(node, name, value) {
  if (value === null || value === undefined) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, String(value));
  }
}
