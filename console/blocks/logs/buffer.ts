/** Lines of a log within bounds: the newest stay (pure but for its own state). */

export interface LogLine {
  /** Counts up: the line's name for whoever draws it. */
  readonly id: number;
  /** When it was written (RFC 3339), if the log says so. */
  readonly time?: string;
  readonly text: string;
}

export interface LogBuffer {
  /** A piece of the log, cut anywhere. */
  push(chunk: string): void;
  /** The last line may have had no end. */
  end(): void;
  /** The same array until something comes. */
  lines(): readonly LogLine[];
  /** Lines that came and are not kept any more. */
  dropped(): number;
}

export interface LogBufferOptions {
  readonly linesMax: number;
  /** Letters of one line; what is longer is cut. */
  readonly lineMax: number;
  /** Letters of all lines. */
  readonly lettersMax: number;
  /** Each line begins with its time. */
  readonly timed: boolean;
}

export const logLimits = { linesMax: 5000, lineMax: 16_384, lettersMax: 4_000_000 } as const;

/** Colours of terminals, and what moves their cursor, mean nothing here. */
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;

export function createLogBuffer(options: LogBufferOptions): LogBuffer {
  const { linesMax, lineMax, lettersMax, timed } = options;
  let lines: LogLine[] = [];
  let letters = 0;
  let rest = '';
  let last = 0;
  let dropped = 0;
  const lineOf = (raw: string): LogLine => {
    const [head = '', when] = (timed && time.exec(raw)) || [];
    const text = raw.slice(head.length).replace(/\r$/, '').replaceAll(escapes, '');
    const cut = text.length > lineMax ? `${text.slice(0, lineMax)}…` : text;
    return { id: ++last, text: cut, ...(when && { time: when }) };
  };
  const keep = (added: readonly LogLine[]) => {
    if (added.length === 0) return;
    for (const { text } of added) letters += text.length;
    let next = [...lines, ...added];
    let first = Math.max(next.length - linesMax, 0);
    for (let at = 0; at < first; at++) letters -= next[at]!.text.length;
    while (letters > lettersMax && first < next.length - 1) letters -= next[first++]!.text.length;
    if (first > 0) next = next.slice(first);
    dropped += first;
    lines = next;
  };
  return {
    push(chunk) {
      const pieces = (rest + chunk).split('\n');
      rest = pieces.pop() ?? '';
      // A line without end must not grow without end.
      if (rest.length > lineMax * 2) rest = rest.slice(0, lineMax * 2);
      keep(pieces.slice(-linesMax).map(lineOf));
      dropped += Math.max(pieces.length - linesMax, 0);
    },
    end() {
      if (rest !== '') keep([lineOf(rest)]);
      rest = '';
    },
    lines: () => lines,
    dropped: () => dropped,
  };
}

/** A line as the pieces between what was searched for: odd ones are hits. Upper and lower case are the same. */
export function piecesOf(text: string, wanted: string): readonly string[] {
  if (wanted === '') return [text];
  const pieces: string[] = [];
  const low = text.toLowerCase();
  const find = wanted.toLowerCase();
  let from = 0;
  // Some letters change their length with their case: then places do not match, and nothing is marked.
  if (low.length !== text.length) return [text];
  for (let at = low.indexOf(find); at >= 0; at = low.indexOf(find, from)) {
    pieces.push(text.slice(from, at), text.slice(at, at + find.length));
    from = at + find.length;
  }
  return [...pieces, text.slice(from)];
}

export const hasText = ({ text }: LogLine, wanted: string): boolean =>
  text.toLowerCase().includes(wanted.toLowerCase());
