// Copies text; outside a secure page, where there is no clipboard object, by way of a selection.
export async function copy_text(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // The permission may be denied: the selection still works after a click.
    }
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually_hidden';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}
