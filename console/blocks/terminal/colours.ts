/** The colours of all terminals, live ones and played ones. */
export function coloursOf(element: Element) {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: '#10161c',
    foreground: '#dfe7ee',
    cursor: of('--o-brass') || '#d3af4c',
    selectionBackground: '#4c5f74',
    black: '#1c252e',
    brightBlack: '#8494a5',
  };
}
