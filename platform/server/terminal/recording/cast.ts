/** What was on a screen, as asciicast v2 tells it: a head, then lines of time, kind and text. What was typed is no part of it. Pure. */

export interface CastHead {
  readonly width: number;
  readonly height: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly title: string;
}

export const headLine = ({ width, height, timestamp, title }: CastHead): string =>
  `${JSON.stringify({ version: 2, width, height, timestamp, title, env: { TERM: 'xterm-256color' } })}\n`;

const line = (seconds: number, kind: 'o' | 'r', text: string): string =>
  `${JSON.stringify([Math.round(seconds * 1000) / 1000, kind, text])}\n`;

export const outputLine = (seconds: number, text: string): string => line(seconds, 'o', text);

export const resizeLine = (seconds: number, width: number, height: number): string =>
  line(seconds, 'r', `${width}x${height}`);

type State = 'ground' | 'escape' | 'string' | 'string escape';

/** Begin texts for the terminal itself: clipboard, title, links, downloads, programs of its own. */
const openers = new Set([']', 'P', '_', '^', 'X']);
const wideOpeners = new Set(['\u009d', '\u0090', '\u009f', '\u009e', '\u0098']);

/**
 * Takes out what reaches beyond the screen: a recording is played where somebody else sits. Colours, the cursor and everything else that draws
 * stays. Sequences may be cut anywhere between two calls.
 */
export function createScreenFilter(): (text: string) => string {
  let state: State = 'ground';
  return text => {
    let shown = '';
    for (const letter of text) {
      if (state === 'ground') {
        if (letter === '\u001b') state = 'escape';
        else if (wideOpeners.has(letter)) state = 'string';
        else shown += letter;
      } else if (state === 'escape') {
        if (openers.has(letter)) state = 'string';
        else {
          state = letter === '\u001b' ? 'escape' : 'ground';
          shown += letter === '\u001b' ? '' : `\u001b${letter}`;
        }
      } else if (state === 'string') {
        if (letter === '\u0007' || letter === '\u009c' || letter === '\u0018' || letter === '\u001a') state = 'ground';
        else if (letter === '\u001b') state = 'string escape';
      } else state = letter === '\\' ? 'ground' : letter === '\u001b' ? 'string escape' : 'string';
    }
    return shown;
  };
}

/** A whole cast without them. Lines that are none are left out. */
export function screenOnly(cast: string): string {
  const filter = createScreenFilter();
  return cast
    .split('\n')
    .map((text, index) => (index === 0 ? text : filteredLine(text, filter)))
    .filter(text => text !== '')
    .map(text => `${text}\n`)
    .join('');
}

function filteredLine(text: string, filter: (text: string) => string): string {
  try {
    const [seconds, kind, data] = JSON.parse(text) as [number, string, string];
    return kind === 'o' ? JSON.stringify([seconds, kind, filter(data)]) : text;
  } catch {
    return '';
  }
}
