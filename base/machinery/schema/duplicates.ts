/** Finds keys that a JSON text gives twice: JSON.parse keeps the last and says nothing. */

/** Paths of duplicate keys in document order, e.g. `metadata.name`. The text must be valid JSON. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const frames: Frame[] = [];
  let frame: Frame | undefined;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at);
        if (frame?.expectsKey) {
          enterKey(text.slice(at, end), frame, frames, found);
          frame.expectsKey = false;
        }
        at = end - 1;
        break;
      }
      case 0x7b:
        frames.push((frame = { keys: new Set(), key: '', at: -1, expectsKey: true }));
        break;
      case 0x5b:
        frames.push((frame = { keys: undefined, key: '', at: 0, expectsKey: false }));
        break;
      case 0x7d:
      case 0x5d:
        frames.pop();
        frame = frames.at(-1);
        break;
      case 0x2c:
        if (frame?.keys) frame.expectsKey = true;
        else if (frame) frame.at++;
        break;
    }
  }
  return found;
}

/** An open object (with the keys seen) or list (with the index reached). */
interface Frame {
  readonly keys: Set<string> | undefined;
  key: string;
  at: number;
  expectsKey: boolean;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

function enterKey(quoted: string, frame: Frame, frames: readonly Frame[], found: string[]): void {
  const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  frame.key = name;
  if (!frame.keys!.has(name)) frame.keys!.add(name);
  else
    found.push(
      frames.reduce(
        (path, { keys, key, at }) => (keys ? (path === '' ? key : `${path}.${key}`) : `${path}[${at}]`),
        '',
      ),
    );
}
