/**
 * Transcripts of a shell: commands and what they are to print. The signs at the beginning of a line:
 *
 *     == chapter         where one begins
 *     # words            why the next command is there, or why it differs
 *     $ command          one step; it is continued by lines that begin with `> `
 *     % command          the same, repeated until it prints what it is to print
 *     @ since 1.28       the step is for these versions only; also `@ until 1.27`
 *     ~ since 1.31       what follows is what these versions print, in place of what stands above
 *       line             on standard output, indented by two spaces
 *     ! line             on standard error
 *     ? 1                the exit code, where it is not 0
 *
 * Within expected lines `<age>`, `<uid>` and the like stand for what changes from run to run ({@link placeholders}), and a line `...` for
 * any number of lines. Several spaces in a row count as two, since the width of a column depends on such things.
 */

/** The minor version of a kubectl, e.g. 27. */
export type Minor = number;

export interface Range {
  readonly since?: Minor;
  readonly until?: Minor;
}

export interface Expected extends Range {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
}

export interface Step extends Range {
  readonly chapter: string;
  readonly command: string;
  readonly repeats: boolean;
  readonly reason: string;
  /** The last that is for a version holds. */
  readonly expected: readonly Expected[];
  /** Of the line with the command, from 1. */
  readonly line: number;
}

interface Draft {
  chapter: string;
  command: string;
  repeats: boolean;
  reason: string;
  line: number;
  since?: Minor;
  until?: Minor;
  expected: { since?: Minor; until?: Minor; stdout: string[]; stderr: string[]; code: number }[];
}

/** `since 1.28 until 1.30` as minor versions. */
function rangeOf(words: string): Range {
  const [since, until] = ['since', 'until'].map(word => new RegExp(`\\b${word} 1\\.(\\d+)`).exec(words)?.[1]);
  if (since === undefined && until === undefined) throw new Error(`no versions in "${words}"`);
  return { ...(since !== undefined && { since: Number(since) }), ...(until !== undefined && { until: Number(until) }) };
}

export const isIn = (minor: Minor, { since = 0, until = Infinity }: Range): boolean => minor >= since && minor <= until;

/** Throws with the number of a line that means nothing. */
export function parseTranscript(text: string): Step[] {
  const steps: Draft[] = [];
  let chapter = '';
  let reason: string[] = [];
  let blank = 0;
  const last = (): Draft => steps.at(-1)!;
  const outcome = () => last().expected.at(-1)!;
  const signs: Record<string, (words: string, line: number) => void> = {
    '==': words => (chapter = words),
    '#': words => reason.push(words),
    $: (command, line) => begin(command, line, false),
    '%': (command, line) => begin(command, line, true),
    '>': words => (last().command += `\n${words}`),
    '@': words => Object.assign(last(), rangeOf(words)),
    '~': words => last().expected.push({ ...rangeOf(words), stdout: [], stderr: [], code: 0 }),
    '': words => outcome().stdout.push(...Array<string>(blank).fill(''), words),
    '!': words => outcome().stderr.push(words),
    '?': words => (outcome().code = Number(words)),
  };
  function begin(command: string, line: number, repeats: boolean): void {
    const expected = [{ stdout: [], stderr: [], code: 0 }];
    steps.push({ chapter, command, repeats, line, reason: reason.join(' '), expected });
    reason = [];
  }
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') {
      blank++;
      continue;
    }
    const [, sign, words] = /^(==|[#$%>@~!?]|(?= ) ) ?(.*)$/.exec(line) ?? [];
    if (sign === undefined || (!'== # $ %'.split(' ').includes(sign) && steps.length === 0))
      throw new Error(`line ${index + 1} means nothing: ${line}`);
    signs[sign.trim()]!(words!, index + 1);
    blank = 0;
  }
  return steps;
}

/**
 * What kubectl's own log says beside its answer when the machine is slow: that it holds itself back, and of the empty message that opens a
 * connection while it has no streams yet. All other lines of that log are part of what is compared.
 */
const notice = /^[IWE]\d{4} \S+ +\d+ \S+\] .*(client-side throttling|Unknown stream id \d+, discarding message).*\n?/gm;

export const withoutNotices = (stderr: string): string => stderr.replaceAll(notice, '');

/** What a version is to print; undefined where the step is not for it. */
export const expectedOf = (step: Step, minor: Minor): Expected | undefined =>
  isIn(minor, step) ? step.expected.findLast(expected => isIn(minor, expected)) : undefined;

/** What the words in angle brackets stand for. */
export const placeholders: Readonly<Record<string, string>> = {
  age: '(?:\\d+[a-z]+)+',
  count: '\\d+',
  uid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  ip: '[0-9a-f.:]+',
  time: '(?:\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z|[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} [0-9:]+ [+-]\\d{4})',
  rv: '\\d+',
  id: '[a-z0-9]{5}',
  hash: '[a-z0-9]{6,10}',
  name: '[a-z0-9.-]+',
  any: '.*?',
};

const squeezed = (line: string): string =>
  line
    .replaceAll('\t', '  ')
    .trimEnd()
    .replaceAll(/(?<=\S) {2,}/g, '  ');

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** A pattern of one expected line; `known` are words whose text is known, such as the namespace. */
export function patternOf(line: string, known: Readonly<Record<string, string>> = {}): RegExp {
  const source = squeezed(line).replaceAll(/<([a-z]+)>|[\\^$.*+?()[\]{}|/]/g, (found, word?: string) => {
    if (word === undefined) return `\\${found}`;
    return Object.hasOwn(known, word) ? escaped(known[word]!) : (placeholders[word] ?? found);
  });
  return new RegExp(`^${source}$`);
}

/** Whether all lines fit, a gap (undefined) taking as few as it can. */
function fits(patterns: readonly (RegExp | undefined)[], lines: readonly string[]): boolean {
  const [first, ...rest] = patterns;
  if (patterns.length === 0) return lines.length === 0;
  if (first !== undefined) return lines.length > 0 && first.test(lines[0]!) && fits(rest, lines.slice(1));
  return [...lines.keys(), lines.length].some(taken => fits(rest, lines.slice(taken)));
}

/**
 * What was printed, in the words of what was expected: the expected lines where all fit. Otherwise each line that fits the expected one at
 * its place stands in its words, so that a comparison shows only the others.
 */
export function inWordsOf(
  expected: readonly string[],
  printed: string,
  known: Readonly<Record<string, string>> = {},
): readonly string[] {
  const lines = printed.split('\n').map(squeezed);
  while (lines.at(-1) === '') lines.pop();
  const patterns = expected.map(line => (line.trim() === '...' ? undefined : patternOf(line, known)));
  if (fits(patterns, lines)) return expected;
  return lines.map((line, index) => (patterns[index]?.test(line) ? expected[index]! : line));
}
