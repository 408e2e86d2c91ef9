// Single keys while the focus is not in a field. `bindings`: {m: f, v: g, ...}. Returns a function
// that ends it.
export function listen_for_shortcuts(bindings) {
  const on_key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.('input, textarea, select, dialog')) return;
    const action = bindings[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
  addEventListener('keydown', on_key);
  return () => removeEventListener('keydown', on_key);
}
