/** The clipboard. Browsers give it to secure pages only; elsewhere an old command still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    // Within the dialog, if there is one: it would take the focus back.
    const place = document.activeElement?.parentElement ?? document.body;
    place.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
